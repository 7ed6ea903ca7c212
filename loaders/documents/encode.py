"""Pages of mart rows become pages of BSON: once for each row, while it is loaded."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loaders.documents.document import ID_BYTES, MAX_BYTES, SUSPECT, content, plain_changes
from loaders.documents.layout import encoded

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


def encode_page(rows: pa.Table) -> pa.Table:
    """Encode rows of ``marts.activity_logs``, which also have their ``row_hash``.

    Returns:
        As many rows of `ENCODED`, in their order; what MongoDB would refuse for its size has a
        hash and no document.
    """
    suspect = pc.match_substring_regex(rows["changes"], SUSPECT).to_pylist()
    made = [
        encoded(content(row, None if is_suspect else plain_changes(row["changes"])))
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


def hash_page(rows: pa.Table) -> pa.Table:
    """Give what `encode_page` does, without the documents."""
    return encode_page(rows).select(HASHED.names)


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
