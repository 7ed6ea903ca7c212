"""Doubtful rows from a file, read as the transform reads them (spec §14, ``make parse``)."""

import json
from pathlib import Path

import orjson

from ingest.audited_yaml.errors import RowsFileError
from ingest.audited_yaml.parser import Parsed, parse


def parse_file(in_path: Path, out_path: Path) -> int:
    """Read ``{"id", "audited_changes"}`` a line, write ``{"id", "value", "parser", "error"}`` a line.

    Args:
        in_path: JSON lines; empty lines are passed over, other keys are ignored.
        out_path: Written anew, one line for each line read, in their order.

    Returns:
        The number of rows.

    Raises:
        RowsFileError: A file cannot be opened, or a line is not such an object.
    """
    count = 0
    try:
        with in_path.open("rb") as source, out_path.open("w", encoding="utf-8") as target:
            for number, line in enumerate(source, start=1):
                if line.strip():
                    target.write(_parsed_line(in_path, number, line))
                    count += 1
    except OSError as error:
        raise RowsFileError(f"{error.filename or in_path}: {error.strerror}") from error
    return count


def _parsed_line(path: Path, number: int, line: bytes) -> str:
    try:
        row = json.loads(line)
        row_id, text = row["id"], row["audited_changes"]
    except (ValueError, KeyError, TypeError) as error:
        problem = 'is not a JSON object with the keys "id" and "audited_changes"'
        raise RowsFileError(f"{path}: line {number} {problem}") from error
    if text is not None and not isinstance(text, str):
        text = orjson.dumps(text).decode()
    return _written(row_id, parse(text))


def _written(row_id: object, parsed: Parsed) -> str:
    """Put the line together around the value's own text, so that no number is read again."""
    row_id, parser, error = map(json.dumps, (row_id, parsed.parser, parsed.error))
    value = parsed.value_json if parsed.value_json is not None else "null"
    return f'{{"id":{row_id},"value":{value},"parser":{parser},"error":{error}}}\n'
