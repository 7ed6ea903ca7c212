"""The encoding of documents as a DuckDB function, loaded by dbt-duckdb as a plugin (spec §3).

``profiles.yml`` names this module; each connection then has ``encoded_document(struct)``.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection
from duckdb.func import PythonUDFType

from loaders.encoding import Encoded, encoded

FUNCTION = "encoded_document"
ROW = (
    "struct(company_sso_id varchar, external_id varchar, source_tag varchar, customer_id varchar, "
    "category varchar, action varchar, user_id varchar, "
    "actor struct(type varchar, name varchar, crm_user_id bigint), changes varchar, "
    "created_at timestamp, metadata struct("
    "crm_audit_id bigint, auditable_type varchar, auditable_id bigint, associated_type varchar, "
    "associated_id bigint, crm_person_id bigint, audit_action varchar, version integer, "
    "comment varchar, remote_address varchar, request_uuid varchar, contact_source varchar, "
    "parser varchar))"
)
RESULT = "struct(document blob, content_hash varchar)"


class Plugin(BasePlugin):
    """Gives dbt's connections the function ``encoded_document``."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the function; dbt calls this once for its database.

        Args:
            conn: The connection that dbt has just opened.
        """
        register(conn)


def register(conn: DuckDBPyConnection) -> None:
    """Add ``encoded_document(row) -> struct(document, content_hash)`` to a connection.

    Args:
        conn: A connection; the row has the columns of ``marts.activity_logs`` but its key.
    """
    conn.create_function(
        FUNCTION,
        encoded_batch,
        [duckdb.sqltype(ROW)],
        duckdb.sqltype(RESULT),
        type=PythonUDFType.ARROW,
        side_effects=False,
    )


def encoded_batch(rows: Any) -> pa.StructArray:
    """Encode an Arrow array of mart rows.

    Args:
        rows: A struct array, or a chunked one, without nulls.

    Returns:
        A struct array of the same length with the bytes ``document`` and the text
        ``content_hash``.
    """
    whole = rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows
    made = [encoded(row) for row in _dictionaries(whole)]
    documents, hashes = zip(*made, strict=True) if made else ((), ())
    columns = (pa.array(documents, pa.binary()), pa.array(hashes, pa.string()))
    return pa.StructArray.from_arrays(columns, names=list(Encoded._fields))


def _dictionaries(rows: pa.StructArray) -> Iterator[dict[str, Any]]:
    """Give the rows one by one; several times as fast as ``to_pylist``."""
    names = [field.name for field in rows.type]
    columns = (
        _dictionaries(column) if pa.types.is_struct(column.type) else column.to_pylist()
        for column in rows.flatten()
    )
    return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))
