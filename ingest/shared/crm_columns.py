"""The one list of the CRM's columns: what is read of them, and as what (rule: source).

PostgreSQL is asked to cast to these types, Arrow carries them, dlt is told them and may not
change them; the second derivation reads the same list.
"""

from typing import NamedTuple

import pyarrow as pa

LONG, INT, TEXT, TIME = pa.int64(), pa.int32(), pa.string(), pa.timestamp("us")
POSTGRES_TYPES = {LONG: "bigint", INT: "int", TEXT: "text"}

_LONGS = ("int8", "int4")  # an installation older than Rails 5.1 counts in int4
_TEXTS = ("varchar", "text")


class Column(NamedTuple):
    """A column of the CRM.

    Args:
        name: Its name; the tenant column has another one where the settings say so.
        type: What it is read as.
        accepted: The types that it may have in PostgreSQL, the usual one first.
        is_carried: A document carries its value in `metadata`, under the same name, as it is.
    """

    name: str
    type: pa.DataType
    accepted: tuple[str, ...]
    is_carried: bool = False


AUDITS = (
    Column("id", LONG, _LONGS),
    Column("organization_id", LONG, _LONGS),
    Column("auditable_id", LONG, _LONGS),
    Column("auditable_type", TEXT, _TEXTS),
    Column("associated_id", LONG, _LONGS),
    Column("associated_type", TEXT, _TEXTS),
    Column("user_id", LONG, _LONGS),
    Column("user_type", TEXT, _TEXTS),
    Column("username", TEXT, _TEXTS),
    Column("action", TEXT, _TEXTS),
    Column("audited_changes", TEXT, ("text", "varchar", "json", "jsonb")),
    Column("version", INT, ("int4",), is_carried=True),
    Column("comment", TEXT, _TEXTS, is_carried=True),
    Column("remote_address", TEXT, _TEXTS, is_carried=True),
    Column("request_uuid", TEXT, _TEXTS, is_carried=True),
    Column("created_at", TIME, ("timestamp",)),
)
USERS = (
    Column("id", LONG, _LONGS),
    Column("organization_id", LONG, _LONGS),
    Column("email", TEXT, _TEXTS),
    Column("full_name", TEXT, _TEXTS),
    Column("deleted_at", TIME, ("timestamp",)),
)


def schema_of(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of a list of columns."""
    return pa.schema([(column.name, column.type) for column in columns])


AUDITS_SCHEMA, USERS_SCHEMA = schema_of(AUDITS), schema_of(USERS)
