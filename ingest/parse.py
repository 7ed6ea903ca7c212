"""Doubtful rows from a file, read as the extract reads them: ``make parse`` (rule: commands)."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ingest.audited_yaml import parse
from ingest.errors import RowsFileError
from ingest.landing.reading import FEW_BYTES
from ingest.shared.pool import map_in_processes

PAGE_ROWS = 2_000
Row = tuple[object, str | None]


def parse_file(in_path: Path, out_path: Path) -> Counter[str]:
    """Read ``{"id", "audited_changes"}`` a line, write ``{"id", "value", "parser", "error"}`` a line.

    Args:
        in_path: JSON lines; empty lines are passed over, other keys are ignored.
        out_path: Written anew as a whole, one line for each line read, in their order; left as it
            was after an error.

    Returns:
        How many rows were read of each form: ``yaml``, ``json`` or ``none``.

    Raises:
        RowsFileError: A file cannot be opened, or a line is not such an object.
    """
    counts: Counter[str] = Counter()
    unfinished = out_path.with_name(out_path.name + ".part")
    try:
        is_small = in_path.stat().st_size < FEW_BYTES
        with unfinished.open("w", encoding="utf-8") as target:
            for lines, page_counts in map_in_processes(_read, _pages(in_path), is_small=is_small):
                target.write(lines)
                counts += page_counts
        unfinished.replace(out_path)
    except OSError as error:
        raise RowsFileError(f"{error.filename or in_path}: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return counts


def _read(rows: list[Row]) -> tuple[str, Counter[str]]:
    """Put each line together around the value's own text, so that no number is read again."""
    lines, counts = [], Counter[str]()
    for row_id, text in rows:
        read = parse(text)
        counts[read.parser] += 1
        lines.append(
            f'{{"id":{json.dumps(row_id)},"value":{read.value_json or "null"},'
            f'"parser":{json.dumps(read.parser)},"error":{json.dumps(read.error)}}}\n'
        )
    return "".join(lines), counts


def _pages(path: Path) -> Iterator[list[Row]]:
    rows = _rows(path)
    while page := list(islice(rows, PAGE_ROWS)):
        yield page


def _rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _row(path, number, line)


def _row(path: Path, number: int, line: bytes) -> Row:
    try:
        row = json.loads(line)
        row_id, text = row["id"], row["audited_changes"]
    except (ValueError, KeyError, TypeError) as error:
        problem = 'is not a JSON object with the keys "id" and "audited_changes"'
        raise RowsFileError(f"{path}: line {number} {problem}") from error
    is_text = text is None or isinstance(text, str)
    return row_id, text if is_text else json.dumps(text, ensure_ascii=False)
