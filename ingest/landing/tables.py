"""The columns of every landed table, and of the CRM relations they come from (spec §2, §7).

The types are fixed here and nowhere else: PostgreSQL is asked to cast to them, Arrow carries
them, dlt is told them and may not change them.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TColumnSchema
from dlt.extract import DltResource

LONG, INT, TEXT, BOOL = pa.int64(), pa.int32(), pa.string(), pa.bool_()
TIME, DATE = pa.timestamp("us"), pa.date32()

AUDITS = pa.schema(
    [
        ("id", LONG),
        ("organization_id", LONG),
        ("auditable_id", LONG),
        ("auditable_type", TEXT),
        ("associated_id", LONG),
        ("associated_type", TEXT),
        ("user_id", LONG),
        ("user_type", TEXT),
        ("username", TEXT),
        ("action", TEXT),
        ("audited_changes", TEXT),
        ("version", INT),
        ("comment", TEXT),
        ("remote_address", TEXT),
        ("request_uuid", TEXT),
        ("created_at", TIME),
    ]
)
USERS = pa.schema(
    [
        ("id", LONG),
        ("organization_id", LONG),
        ("email", TEXT),
        ("full_name", TEXT),
        ("deleted_at", TIME),
    ]
)
AUDIT_COUNTS = pa.schema(
    [
        ("auditable_type", TEXT),
        ("action", TEXT),
        ("month", DATE),
        ("is_in_scope", BOOL),
        ("audit_count", LONG),
    ]
)
EXTRACTS = pa.schema(
    [
        ("extracted_at", TIME),
        ("cutoff", TIME),
        ("date_range_start", TIME),
        ("source_count", LONG),
        ("max_id", LONG),
        ("staged_count", LONG),
        ("late_count", LONG),
        ("changed_count", LONG),
        ("gone_count", LONG),
    ]
)
CONTACTS = pa.schema([("_id", TEXT), ("company_sso_id", TEXT), ("source_id", TEXT), ("name", TEXT)])
CRM_CONTACT_ID_MAP = pa.schema(
    [("company_sso_id", TEXT), ("crm_person_id", LONG), ("customer_id", TEXT)]
)
USMAN_USERS = pa.schema([("email", TEXT), ("sso_id", TEXT), ("status", TEXT)])
USMAN_LOOKUPS = pa.schema([("email", TEXT), ("found", BOOL)])

Disposition = Literal["append", "replace"]

HINTS: dict[pa.DataType, TColumnSchema] = {
    LONG: {"data_type": "bigint"},
    INT: {"data_type": "bigint", "precision": 32},
    TEXT: {"data_type": "text"},
    BOOL: {"data_type": "bool"},
    TIME: {"data_type": "timestamp", "timezone": False, "precision": 6},
    DATE: {"data_type": "date"},
}


def resource(
    name: str, schema: pa.Schema, tables: Iterable[pa.Table], *, disposition: Disposition
) -> DltResource:
    """Make the dlt resource that lands Arrow tables under a frozen contract (spec §7).

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
