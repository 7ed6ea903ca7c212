"""Doubtful rows from a file, read as the transform reads them (spec §14, ``make parse``)."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import orjson

from ingest.audited_yaml.errors import RowsFileError
from ingest.audited_yaml.two_paths import BATCH_ROWS, TwoPaths

_HALF_PAIR = re.compile("[\ud800-\udfff]")


def parse_file(in_path: Path, out_path: Path) -> Counter[str]:
    """Read ``{"id", "audited_changes"}`` a line, write ``{"id", "value", "parser", "error"}`` a line.

    Args:
        in_path: JSON lines; empty lines are passed over, other keys are ignored.
        out_path: Written anew as a whole, one line for each line read, in their order; left as it
            was after an error.

    Returns:
        How many rows each parser read.

    Raises:
        RowsFileError: A file cannot be opened, or a line is not such an object.
        ReadingError: dbt failed.
    """
    unfinished = out_path.with_name(out_path.name + ".part")
    try:
        with TemporaryDirectory() as folder, unfinished.open("w", encoding="utf-8") as target:
            paths = TwoPaths(Path(folder))
            paths.insert(_batches(in_path))
            paths.build()
            counts = _write(in_path, paths, target)
        unfinished.replace(out_path)
    except OSError as error:
        raise RowsFileError(f"{error.filename or in_path}: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return counts


def _write(in_path: Path, paths: TwoPaths, target: IO[str]) -> Counter[str]:
    """Put each line together around the value's own text, so that no number is read again."""
    counts: Counter[str] = Counter()
    for (row_id, _), (value, parser, error) in zip(_rows(in_path), paths.readings(), strict=True):
        counts[parser] += 1
        target.write(
            f'{{"id":{json.dumps(row_id)},"value":{value or "null"},'
            f'"parser":{json.dumps(parser)},"error":{json.dumps(error)}}}\n'
        )
    return counts


def _batches(path: Path) -> Iterator[list[str | None]]:
    texts = (text for _, text in _rows(path))
    while batch := list(islice(texts, BATCH_ROWS)):
        yield batch


def _rows(path: Path) -> Iterator[tuple[object, str | None]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _row(path, number, line)


def _row(path: Path, number: int, line: bytes) -> tuple[object, str | None]:
    try:
        row = json.loads(line)
        row_id, text = row["id"], row["audited_changes"]
    except (ValueError, KeyError, TypeError) as error:
        problem = 'is not a JSON object with the keys "id" and "audited_changes"'
        raise RowsFileError(f"{path}: line {number} {problem}") from error
    if text is not None and not isinstance(text, str):
        text = orjson.dumps(text).decode()
    if text is not None and not text.isascii() and _HALF_PAIR.search(text):
        raise RowsFileError(f"{path}: line {number} holds half of a surrogate pair")
    return row_id, text
