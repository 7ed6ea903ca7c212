"""Puts the long texts of landed rows aside, before the rows themselves land (rule: long texts)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingest.landing.staged import Warehouse
from ingest.shared.crm_columns import IN_ROW_BYTES
from ingest.shared.long_texts import TABLES, LongText, pieces_of, stand_in


@contextmanager
def texts_aside(warehouse: Warehouse, after: int) -> Iterator[Callable[[pa.Table], pa.Table]]:
    """Give a function that keeps the long texts of audits and returns the audits without them.

    The texts land before the audits: an audit that is there has its texts. Texts without one,
    which a killed process left, are forgotten when the next one begins.

    Args:
        warehouse: The account's file; opened when the first long text comes.
        after: The largest id that has landed.
    """
    with ExitStack() as opened:
        connections: list[duckdb.DuckDBPyConnection] = []

        def shorten(audits: pa.Table) -> pa.Table:
            short, texts = put_aside(audits)
            if texts and not connections:
                connections.append(opened.enter_context(warehouse.connected()))
                connections[0].execute(TABLES)
                connections[0].execute(
                    "delete from raw_crm.long_texts where audit_id > ?", (after,)
                )
            if texts:
                keep_texts(connections[0], texts)
            return short

        yield shorten


def put_aside(audits: pa.Table) -> tuple[pa.Table, list[LongText]]:
    """Take the long texts out of rows; their stand-ins are left in the columns."""
    texts: list[LongText] = []
    for name, limit in IN_ROW_BYTES.items():
        if (pc.max(pc.binary_length(audits[name])).as_py() or 0) <= limit:
            continue
        found = {long.audit_id: long for long in _long_texts(audits, name, limit)}
        column = [
            stand_in(found[audit_id].content) if audit_id in found else text
            for audit_id, text in zip(
                audits["id"].to_pylist(), audits[name].to_pylist(), strict=True
            )
        ]
        place = audits.schema.get_field_index(name)
        audits = audits.set_column(place, audits.field(place), pa.array(column, pa.string()))
        texts += found.values()
    return audits, texts


def _long_texts(audits: pa.Table, name: str, limit: int) -> Iterator[LongText]:
    long = audits.filter(pc.greater(pc.binary_length(audits[name]), limit))
    for audit_id, text in zip(long["id"].to_pylist(), long[name], strict=True):
        yield LongText(audit_id, name, text.as_buffer().to_pybytes())


def keep_texts(connection: duckdb.DuckDBPyConnection, texts: list[LongText]) -> None:
    """Write texts in pieces."""
    connection.register("long_pieces", pieces_of(texts))
    connection.execute("insert into raw_crm.long_texts by name select * from long_pieces")
    connection.unregister("long_pieces")
