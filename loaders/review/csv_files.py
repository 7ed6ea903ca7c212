"""Writes CSV files that a spreadsheet opens and obeys nothing of."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ingest.shared.errors import UsageError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file as a whole or not at all; return how many rows it has.

    Args:
        path: The file.
        columns: Its headings.
        rows: Its rows, which are read one by one.

    Raises:
        UsageError: The file cannot be written.
    """
    count = 0
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(map(harmless, columns))
            for row in rows:
                writer.writerow([harmless(cell) for cell in row])
                count += 1
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    return count


def harmless(cell: Any) -> Any:
    """Return a cell that is no formula and has no control character; numbers stay as they are."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROL.sub(" ", cell)
    return f"'{text}" if _FORMULA.match(text) or text[:1] != cell[:1] else text
