"""The one list of the CRM's columns: what is read of them, and as what (rule: source).

PostgreSQL is asked to cast to these types, Arrow carries them, dlt is told them and may not
change them; the second derivation reads the same list.
"""

import hashlib
from typing import NamedTuple

import pyarrow as pa

LONG, TEXT, TIME = pa.int64(), pa.string(), pa.timestamp("us")
POSTGRES_TYPES = {LONG: "bigint", TEXT: "text", TIME: "timestamp"}

_LONGS = ("int8", "int4", "int2")  # an installation older than Rails 5.1 counts in int4
_TEXTS = ("varchar", "text", "citext", "bpchar", "name", "enum")
_TIMES = ("timestamp", "timestamptz", "date")
INVALID_TEXT = "\0bytes "
"""Begins a text that is not UTF-8, of a database without encoding; the md5 of its bytes follows.

No text of PostgreSQL has a NUL, and dbt's macro `is_invalid_text` looks for this one.
"""

_FIRST, _AFTER_LAST = "'0001-01-01'", "'10000-01-01'"


class Column(NamedTuple):
    """A column of the CRM.

    Args:
        name: Its name; the tenant column has another one where the settings say so.
        type: What it is read as.
        accepted: The types that it may have in PostgreSQL, the usual one first.
        is_carried: A document carries its value in `metadata`, under the same name, as it is.
        is_optional: An old gem has no such column; it is read as null.
    """

    name: str
    type: pa.DataType
    accepted: tuple[str, ...]
    is_carried: bool = False
    is_optional: bool = False


AUDITS = (
    Column("id", LONG, _LONGS),
    Column("organization_id", LONG, _LONGS),
    Column("auditable_id", LONG, _LONGS),
    Column("auditable_type", TEXT, _TEXTS),
    Column("associated_id", LONG, _LONGS, is_optional=True),
    Column("associated_type", TEXT, _TEXTS, is_optional=True),
    Column("user_id", LONG, _LONGS),
    Column("user_type", TEXT, _TEXTS, is_optional=True),
    Column("username", TEXT, _TEXTS, is_optional=True),
    Column("action", TEXT, _TEXTS),
    Column("audited_changes", TEXT, ("text", "varchar", "json", "jsonb", "citext")),
    Column("version", LONG, _LONGS, is_carried=True),
    Column("comment", TEXT, (*_TEXTS, "json", "jsonb"), is_carried=True, is_optional=True),
    Column("remote_address", TEXT, (*_TEXTS, "inet", "cidr"), is_carried=True, is_optional=True),
    Column("request_uuid", TEXT, (*_TEXTS, "uuid"), is_carried=True, is_optional=True),
    Column("created_at", TIME, _TIMES),
)
USERS = (
    Column("id", LONG, _LONGS),
    Column("organization_id", LONG, _LONGS),
    Column("email", TEXT, _TEXTS),
    Column("full_name", TEXT, _TEXTS),
    Column("deleted_at", TIME, _TIMES),
)


def read_text(content: bytes) -> str:
    """Read a text as UTF-8; what is none becomes a text that says so."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return INVALID_TEXT + hashlib.md5(content, usedforsecurity=False).hexdigest()


def known_text(text: str | None) -> str | None:
    """Return a text of a user; what is not UTF-8 is not known."""
    return None if text and text.startswith(INVALID_TEXT) else text


def schema_of(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of a list of columns."""
    return pa.schema([(column.name, column.type) for column in columns])


def is_time_told(column: str) -> str:
    """Return the SQL condition that a time is finite and in the years 1 to 9999."""
    return f"({column} >= {_FIRST} and {column} < {_AFTER_LAST})"


def time_sql(column: str) -> str:
    """Return the SQL that reads a time in UTC; null where no year from 1 to 9999 tells it.

    The transaction's time zone has to be UTC: a `timestamptz` is turned into one without zone.
    """
    return f"case when {is_time_told(column)} then {column}::timestamp end"


def value_sql(name: str, postgres_type: str) -> str:
    """Return the SQL of a column's value; an address as it is shown, null without a type.

    Cast to text, a single address would gain the `/32` that nobody wrote.
    """
    quoted = f'"{name}"' if postgres_type else "null"
    return f"abbrev({quoted})" if postgres_type == "inet" else quoted


COLUMNS = """
    with recursive bases (oid, name, base, is_enum) as (
        select oid, typname::text, typbasetype, typtype = 'e' from pg_type
    ),

    types (oid, name, base, is_enum) as (
        select * from bases
        union all
        select types.oid, bases.name, bases.base, bases.is_enum
        from types inner join bases on types.base = bases.oid
    )

    select pg_attribute.attname::text as name,
        case when types.is_enum then 'enum' else types.name end as type
    from pg_attribute inner join types on pg_attribute.atttypid = types.oid and types.base = 0
    where pg_attribute.attrelid = to_regclass({relation})
    and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
"""
"""Asks PostgreSQL for the columns of a relation and their types; a domain's is the one below it."""

IN_ROW_BYTES = {"audited_changes": 8_192, "comment": 2_048}
"""The longest texts, in UTF-8, that stay in a staged row: only the extract and its check read the
one, every model reads the other (see `ingest.shared.long_texts`)."""
AUDITS_SCHEMA, USERS_SCHEMA = schema_of(AUDITS), schema_of(USERS)
