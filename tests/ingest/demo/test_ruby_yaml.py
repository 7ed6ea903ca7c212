"""The demo's emitter writes what Ruby writes, and the parser reads back what was meant."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ingest.audited_yaml import parse
from ingest.demo.crm.ruby_yaml import Symbol, ZonedTime, dump

NOON = datetime(2021, 5, 5, 3, 30, 15, 250000, tzinfo=UTC)


def test_documents_look_like_the_gems() -> None:
    """The text of an update, as the golden catalogue shows it."""
    assert dump({"tags": [["a"], []], "income": [None, Decimal("1000")]}) == (
        "---\ntags:\n- - a\n- []\nincome:\n-\n- !ruby/object:BigDecimal 18:0.1e4\n"
    )


def test_a_zone_named_once_has_no_anchor() -> None:
    """Psych anchors only what it names again."""
    assert "&" not in dump({"due": [None, ZonedTime(NOON, "Asia/Jakarta")]})


def test_a_zone_that_repeats_is_an_alias() -> None:
    """The second time of a zone names the first one's; only `utc` counts when read."""
    text = dump({"due": [ZonedTime(NOON, "Asia/Jakarta"), ZonedTime(NOON, "Asia/Jakarta")]})
    assert text.count("name: Asia/Jakarta") == 1
    assert text.count("zone: *1") == 1
    assert "time: 2021-05-05 10:30:15.250000000 Z" in text
    assert '["2021-05-05T03:30:15.250000000Z","2021-05-05T03:30:15.250000000Z"]' in str(
        parse(text).value_json
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1234.56"), "1234.56"),
        (Symbol("weekly"), "weekly"),
        (date(2021, 5, 5), "2021-05-05"),
        (NOON, "2021-05-05T03:30:15.250000000Z"),
        *[(text, text) for text in ("", "no", "1:30", "0123", "1e3", "- a", "a: b", "a #b", "~")],
        *[(text, text) for text in (" x", "x ", "<<", "=", "O'Neil", '"q"', "\U0001f64f", "@a")],
        *[
            (text, text)
            for text in ("a\nb", "a\n\nb\n", "a\n", "\na", "2021-05-05", "[x", "{", ":a")
        ],
        ([None, True, 1, 1.5, []], [None, True, 1, 1.5, []]),
        ({"a": {"b": None}}, {"a": {"b": None}}),
    ],
)
def test_values_are_read_back(value: Any, expected: Any) -> None:
    """Ambiguous strings stay strings; typed values come back as the normalisation says."""
    parsed = parse(dump({"field": value}))
    assert parsed.value_json is not None, parsed.error
    assert json.loads(parsed.value_json) == {"field": expected}
