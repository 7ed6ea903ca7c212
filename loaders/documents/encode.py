"""Pages of mart rows become pages of BSON: once for each row, while it is loaded."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ingest.shared.long_texts import MARK, PIECES, whole_texts
from loaders.documents.document import (
    ID_BYTES,
    MAX_BYTES,
    SUSPECT,
    Document,
    content,
    plain_changes,
)
from loaders.documents.layout import encoded
from loaders.documents.long_values import restored

KEYS = ("audit_id", "external_id", "row_hash")
HASHED = pa.schema(
    [
        ("audit_id", pa.int64()),
        ("external_id", pa.string()),
        ("row_hash", pa.uint64()),
        ("content_hash", pa.string()),
    ]
)
ENCODED = HASHED.append(pa.field("document", pa.binary()))


class Page(NamedTuple):
    """Rows to encode.

    Args:
        rows: Rows of ``marts.activity_logs``, which also have their ``row_hash``.
        long: The pieces of what is long and has left them.
    """

    rows: pa.Table
    long: pa.Table = PIECES.empty_table()


def encode_page(page: Page) -> pa.Table:
    """Encode rows of the mart.

    Returns:
        As many rows of `ENCODED`, in their order; what MongoDB would refuse for its size has a
        hash and no document.
    """
    rows, long = page.rows, whole_texts(page.long)
    suspect = pc.match_substring_regex(rows["changes"], SUSPECT).to_pylist()
    made = [
        encoded(_content(row, long.pop(row["audit_id"], {}), is_suspect=is_suspect))
        for row, is_suspect in zip(_dictionaries(rows), suspect, strict=True)
    ]
    documents = [
        each.document if len(each.document) + ID_BYTES <= MAX_BYTES else None for each in made
    ]
    hashes = [each.content_hash for each in made]
    keys = [rows[name] for name in KEYS]
    return pa.Table.from_arrays(
        [
            *keys,
            pa.chunked_array([pa.array(hashes, pa.string())]),
            pa.chunked_array([pa.array(documents, pa.binary())]),
        ],
        schema=ENCODED,
    )


def hash_page(page: Page) -> pa.Table:
    """Give what `encode_page` does, without the documents."""
    return encode_page(page).select(HASHED.names)


def _content(row: dict[str, Any], long: Mapping[str, bytes], *, is_suspect: bool) -> Document:
    if long or MARK in row["changes"]:
        row = restored(row, long)
        is_suspect = re.search(SUSPECT, row["changes"]) is not None
    return content(row, None if is_suspect else plain_changes(row["changes"]))


def _dictionaries(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """Give the rows one by one, without nulls; several times as fast as ``to_pylist``."""
    return _rows_of(rows.column_names, rows.columns)


def _rows_of(names: list[str], arrays: list[Any]) -> Iterator[dict[str, Any]]:
    columns = (
        _rows_of([field.name for field in column.type], column.flatten())
        if pa.types.is_struct(column.type)
        else column.to_pylist()
        for column in arrays
    )
    for values in zip(*columns, strict=True):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}
