"""Arrow tables as dlt resources, whose columns and types are frozen (rule: extract)."""

from collections.abc import Iterable, Iterator
from typing import Literal

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TColumnSchema
from dlt.extract import DltResource

from ingest.shared.crm_columns import LONG, TEXT, TIME

Disposition = Literal["append", "replace"]

HINTS: dict[pa.DataType, TColumnSchema] = {
    LONG: {"data_type": "bigint"},
    TEXT: {"data_type": "text"},
    pa.bool_(): {"data_type": "bool"},
    TIME: {"data_type": "timestamp", "timezone": False, "precision": 6},
    pa.date32(): {"data_type": "date"},
}


def resource(
    name: str, schema: pa.Schema, tables: Iterable[pa.Table], *, disposition: Disposition
) -> DltResource:
    """Make the dlt resource that lands Arrow tables under a frozen contract (rule: extract).

    An empty iterable of tables lands an empty table with the right columns.

    Args:
        name: Name of the landed table.
        schema: Its columns.
        tables: The rows, of exactly that schema.
        disposition: ``append`` or ``replace``.
    """
    landed: DltResource = dlt.resource(
        _or_empty(tables, schema),
        name=name,
        write_disposition=disposition,
        columns={column.name: HINTS[column.type].copy() for column in schema},  # dlt writes in it
        schema_contract={"tables": "evolve", "columns": "freeze", "data_type": "freeze"},
    )
    return landed


def _or_empty(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    yield schema.empty_table()
    yield from tables
