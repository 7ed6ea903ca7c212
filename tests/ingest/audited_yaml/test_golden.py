"""The parser against rows of the real gem: what Ruby reads back is what it must give."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.audited_yaml import parse

GOLDEN = Path(__file__).parents[2] / "golden"
SHOWN = 10


def golden_rows(name: str) -> list[dict[str, Any]]:
    """Read a golden file: ``id``, ``audited_changes``, ``expected`` and more."""
    with gzip.open(GOLDEN / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def differences(actual: Any, expected: Any, path: str = "") -> Iterator[str]:
    """Tell where two JSON values differ; ``true`` is not ``1``, but ``1.0`` is."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        for key in actual.keys() | expected.keys():
            if key in actual and key in expected:
                yield from differences(actual[key], expected[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}: {'extra' if key in actual else 'missing'}"
    elif isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        for place, (one, other) in enumerate(zip(actual, expected, strict=True)):
            yield from differences(one, other, f"{path}[{place}]")
    elif isinstance(actual, bool) != isinstance(expected, bool) or actual != expected:
        yield f"{path}: {actual!r}, in Ruby {expected!r}"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("audits_text.jsonl.gz", 2858),
        ("audits_json.jsonl.gz", 666),
        ("audits_jsonb.jsonl.gz", 666),
    ],
)
def test_every_golden_row_is_read_as_ruby_reads_it(name: str, count: int) -> None:
    """All rows of a column type give Ruby's own value, without an error."""
    found: list[str] = []
    rows = golden_rows(name)
    for row in rows:
        parsed = parse(row["audited_changes"])
        value = None if parsed.value_json is None else json.loads(parsed.value_json)
        where = f"id {row['id']} ({row['auditable_type']}/{row['action']})"
        if parsed.error is not None:
            found.append(f"{where}: {parsed.error}")
        found += [f"{where}{each}" for each in differences(value, row["expected"])]
    assert len(rows) == count
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:SHOWN])


def test_keys_keep_the_order_of_the_source() -> None:
    """The JSON text lists the fields as the document does."""
    for row in golden_rows("audits_text.jsonl.gz")[:500]:
        if isinstance(row["expected"], dict):
            parsed = parse(row["audited_changes"])
            assert list(json.loads(parsed.value_json or "")) == list(row["expected"])


@pytest.mark.parametrize(
    ("row_id", "pointer", "expected"),
    [
        pytest.param(161, ["sla"], [None, "PT90M"], id="duration keeps its parts"),
        pytest.param(28, ["annual_revenue"], "-12.5", id="negative BigDecimal"),
        pytest.param(
            2982, ["payload", "$binary"], "w6ltb2ppIPCfmIA=", id="binary that is no ASCII"
        ),
        pytest.param(5775, ["payload", "v"], "https://example.com:8443/a?b=c#d", id="URI"),
        pytest.param(1428, ["payload", 0, "[1,2]"], "array key", id="list as key"),
        pytest.param(13132, ["flags", 1, 1, "twz"], "1+8i", id="Complex"),
        pytest.param(6517, ["flags", 1, 1], ["a", "b", 45], id="Set keeps the types of its keys"),
        pytest.param(7259, ["metadata", "v"], {"x": 1}, id="hash with instance variables"),
        pytest.param(4641, ["payload", 0, 5], "", id="symbol without a name"),
    ],
)
def test_a_catalogued_row_holds(row_id: int, pointer: list[str | int], expected: object) -> None:
    """Rows that the golden catalogue points at, one for each shape."""
    row = next(row for row in golden_rows("audits_text.jsonl.gz") if row["id"] == row_id)
    value = json.loads(parse(row["audited_changes"]).value_json or "null")
    for step in pointer:
        value = value[step]
    assert value == expected
