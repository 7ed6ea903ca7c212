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
        is_long = pc.fill_null(pc.greater(pc.binary_length(audits[name]), limit), False)
        is_long = is_long.combine_chunks()
        if not pc.any(is_long).as_py():
            continue
        long = audits.filter(is_long)
        found = [
            LongText(audit_id, name, text.as_buffer().to_pybytes())
            for audit_id, text in zip(long["id"].to_pylist(), long[name], strict=True)
        ]
        stand_ins = pa.array([stand_in(each.content) for each in found], pa.string())
        column = pc.replace_with_mask(audits[name], is_long, stand_ins)
        audits = audits.set_column(audits.schema.get_field_index(name), name, column)
        texts += found
    return audits, texts


def keep_texts(connection: duckdb.DuckDBPyConnection, texts: list[LongText]) -> None:
    """Write texts in pieces."""
    connection.register("long_pieces", pieces_of(texts))
    connection.execute("insert into raw_crm.long_texts by name select * from long_pieces")
    connection.unregister("long_pieces")
