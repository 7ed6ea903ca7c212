"""Encodes Arrow batches of mart rows; as a process, those that come in by its standard input.

`python -m loaders.documents.encoding_batches` ends with its input, so that it never outlives its caller.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loaders.documents.document import SUSPECT, content, plain_changes
from loaders.documents.layout import encoded

ENCODED = pa.schema([("document", pa.binary()), ("content_hash", pa.string())])


def encoded_batch(rows: pa.StructArray) -> pa.RecordBatch:
    """Encode rows of ``marts.activity_logs``.

    Args:
        rows: A struct array without nulls, with the fields of the mart but its key.

    Returns:
        As many rows with the bytes ``document`` and the text ``content_hash``.
    """
    suspect = pc.match_substring_regex(rows.field("changes"), SUSPECT).to_pylist()
    made = [
        encoded(content(row, None if is_suspect else plain_changes(row["changes"])))
        for row, is_suspect in zip(_dictionaries(rows), suspect, strict=True)
    ]
    columns = zip(*made, strict=True) if made else ((), ())
    arrays = [pa.array(*pair) for pair in zip(columns, ENCODED.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=ENCODED)


def _dictionaries(rows: pa.StructArray) -> Iterator[dict[str, Any]]:
    """Give the rows one by one, without nulls; several times as fast as ``to_pylist``."""
    names = [field.name for field in rows.type]
    columns = (
        _dictionaries(column) if pa.types.is_struct(column.type) else column.to_pylist()
        for column in rows.flatten()
    )
    for values in zip(*columns, strict=True):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def main() -> None:
    """Answer every batch that comes in with its documents."""
    answers = pa.ipc.new_stream(sys.stdout.buffer, ENCODED)
    for batch in pa.ipc.open_stream(sys.stdin.buffer):
        answers.write_batch(encoded_batch(batch.to_struct_array()))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
