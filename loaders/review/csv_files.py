"""Writes CSV files that a spreadsheet opens and obeys nothing of."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, types

from ingest.shared.errors import UsageError

CONTROL = r"[\x00-\x1f\x7f-\x9f]"
UNSEEN = r"[\s\x{00ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}]"
FORMULA = UNSEEN + r"*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}\x{fe62}\x{fe63}\x{fe66}\x{fe6b}]"
SUSPECT = f"^{FORMULA}|{CONTROL}"  # for Arrow, which looks at thousands of cells at once
_CONTROL = re.compile(CONTROL)
_FORMULA = re.compile(re.sub(r"\\x\{(\w+)\}", r"\\u\1", FORMULA))


def write_csv(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write a CSV file as a whole or not at all; return how many rows it has.

    Args:
        path: The file.
        schema: Its columns.
        batches: Its rows, which are read part by part.

    Raises:
        UsageError: The file cannot be written.
    """
    count = 0
    columns = pa.schema([(harmless(each.name), _type(each.type)) for each in schema])
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".unfinished-") as folder:
            unfinished = Path(folder) / "rows.csv"
            with csv.CSVWriter(unfinished, columns) as writer:
                for batch in batches:
                    cells = [*map(_safe, batch.columns)]
                    writer.write(pa.RecordBatch.from_arrays(cells, schema=columns))
                    count += batch.num_rows
            unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    return count


def harmless(cell: Any) -> Any:
    """Return a cell that is no formula and has no control character; numbers stay as they are."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROL.sub(" ", cell)
    return f"'{text}" if _FORMULA.match(text) or text[:1] != cell[:1] else text


def _is_plain(kind: pa.DataType) -> bool:
    """Tell whether a type has no text: such a cell is no formula, and Arrow writes it."""
    return bool(types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind))


def _type(kind: pa.DataType) -> pa.DataType:
    return kind if _is_plain(kind) else pa.string()


def _safe(column: pa.Array) -> pa.Array:
    if _is_plain(column.type):
        return column
    if not types.is_string(column.type):
        column = pa.array([_text(cell) for cell in column.to_pylist()], pa.string())
    if not pc.any(pc.match_substring_regex(column, SUSPECT)).as_py():
        return column
    return pa.array([harmless(cell) for cell in column.to_pylist()], pa.string())


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    is_nested = isinstance(cell, list | dict)
    return json.dumps(cell, default=str, ensure_ascii=False) if is_nested else str(cell)
