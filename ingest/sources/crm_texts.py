"""Texts of the CRM as they are read and summed: UTF-8, or bytes of a database without encoding."""

import pyarrow as pa

from ingest.shared.crm_columns import IN_ROW_BYTES, TEXT, TIME, known_text, read_text
from ingest.shared.long_texts import stand_in_sql


def row_checksum(schema: pa.Schema, *, is_in_bytes: bool) -> str:
    """Return the SQL that sums rows up by the md5 of all their columns.

    `ingest.landing.staged_sums` has the same for the staged rows (rule: staging equals source).

    Args:
        schema: The columns.
        is_in_bytes: The texts among them are bytes.
    """
    text = " || chr(31) || ".join(_text_of(column, is_in_bytes) for column in schema)
    summed = text if is_in_bytes else f"convert_to({text}, 'UTF8')"
    return f"sum(('x' || left(md5({summed}), 15))::bit(60)::bigint)::text"


def _text_of(column: pa.Field, is_in_bytes: bool) -> str:
    if column.type == TIME:
        text = f"(extract(epoch from {column.name}) * 1000000)::bigint::text"
    elif column.type != TEXT:
        text = f"{column.name}::text"
    elif is_in_bytes:
        text = f"md5({column.name})"
    elif column.name in IN_ROW_BYTES:
        text = stand_in_sql(column.name, IN_ROW_BYTES[column.name])
    else:
        text = column.name
    return f"coalesce({text}, chr(30))"


def decode_texts(table: pa.Table) -> pa.Table:
    """Read columns of bytes as texts."""
    for index, column in enumerate(table.schema):
        if column.type == pa.binary():
            values = table[index].to_pylist()
            texts = [value if value is None else read_text(value) for value in values]
            table = table.set_column(index, column.name, pa.array(texts, pa.string()))
    return table


def known_texts(table: pa.Table) -> pa.Table:
    """Leave out what is not UTF-8: of a user it is not known."""
    for index, column in enumerate(table.schema):
        if column.type == TEXT:
            texts = [known_text(text) for text in table[index].to_pylist()]
            table = table.set_column(index, column.name, pa.array(texts, TEXT))
    return table
