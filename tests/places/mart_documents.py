"""The documents of a warehouse's mart, made as the load makes them."""

from ingest.shared.long_texts import LONG
from loaders.documents.document import Document, document
from loaders.documents.long_values import restored
from loaders.transform.warehouse import Warehouse


def mart_documents(warehouse: Warehouse) -> dict[int, Document]:
    """Return each document of ``marts.activity_logs`` by its audit, long values put back."""
    rows = warehouse.rows("from marts.activity_logs")
    long = warehouse.long_texts(LONG, [row["audit_id"] for row in rows])
    return {
        row["audit_id"]: document(restored(row, long.get(row["audit_id"], {})), "") for row in rows
    }
