"""``make parse``: doubtful rows from a file (rule: commands)."""

import json
from pathlib import Path

import pytest

from ingest.errors import RowsFileError
from ingest.parse import parse_file


def test_each_row_is_parsed_in_its_place(tmp_path: Path) -> None:
    """Value, parser and error stand beside the row's id; NULL has no value and no error."""
    source, target = tmp_path / "rows.jsonl", tmp_path / "parsed.jsonl"
    rows = [
        {"id": 1, "audited_changes": "---\na: :b\n", "action": "create"},
        {"id": 2, "audited_changes": None},
        {"id": "x", "audited_changes": "["},
        {"id": 4, "audited_changes": {"a": [1, 2]}},
    ]
    source.write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert parse_file(source, target) == {"yaml": 2, "none": 1, "json": 1}
    first, second, third, fourth = map(json.loads, target.read_text(encoding="utf-8").splitlines())
    assert first == {"id": 1, "value": {"a": "b"}, "parser": "yaml", "error": None}
    assert second == {"id": 2, "value": None, "parser": "none", "error": None}
    assert third["value"] is None
    assert "did not find expected" in third["error"]
    assert fourth == {"id": 4, "value": {"a": [1, 2]}, "parser": "json", "error": None}


@pytest.mark.parametrize("line", ["no JSON", "[]", '{"id": 1}'])
def test_a_line_that_is_no_row_is_told_by_its_number(tmp_path: Path, line: str) -> None:
    """The message names the file, the line, and what a line must be; no output is begun."""
    source = tmp_path / "rows.jsonl"
    source.write_text('{"id": 1, "audited_changes": null}\n' + line, encoding="utf-8")
    with pytest.raises(RowsFileError, match=r"rows\.jsonl: line 2 is not a JSON object"):
        parse_file(source, tmp_path / "parsed.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    """There is no traceback for a wrong path."""
    with pytest.raises(RowsFileError, match=r"none\.jsonl: No such file"):
        parse_file(tmp_path / "none.jsonl", tmp_path / "parsed.jsonl")
