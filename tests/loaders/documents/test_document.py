"""A mart row becomes the document, and its hash is stable (rule: document)."""

import json
from datetime import datetime
from typing import Any

import bson
import pytest
from bson import Int64
from hypothesis import given
from hypothesis import strategies as st

from loaders.documents.document import content_hash, document, field_differences, is_too_large
from tests.places.warehouses import mart_row

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def made_with(value: Any) -> dict[str, Any]:
    """The document of a row with one change to a value."""
    text = json.dumps([{"field": "note", "from": None, "to": value}])
    return document(mart_row(1, changes=text), "job-1")


def value_of(made: dict[str, Any]) -> Any:
    """The value that the one change leads to."""
    return made["changes"][0]["to"]


@given(JSON_VALUES)
def test_every_value_survives_bson_with_the_same_hash(value: Any) -> None:
    """Written to BSON and read back, any JSON value gives the hash that the mart gives."""
    made = made_with(value)
    read = bson.decode(bson.encode(made | {"_id": bson.ObjectId()}))
    assert content_hash(read) == made["metadata"]["content_hash"]


def test_the_hash_leaves_out_what_differs_between_runs() -> None:
    """Neither the job nor `_id` changes it."""
    first, second = document(mart_row(1), "job-1"), document(mart_row(1), "job-2")
    assert content_hash({"_id": 1, **first}) == content_hash(second)


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": "customer-other"},
        {"created_at": datetime(2024, 1, 1, 12, 1, 0, 124000)},
        {"user_id": "0d6c1e5e-0000-4000-8000-000000000002"},
        {"category": "lead"},
        {"changes": '[{"field": "name", "from": null, "to": 1}]'},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_content_has_another_hash(change: dict[str, Any]) -> None:
    """A changed value, time, actor or category is seen."""
    changed = document(mart_row(1, **change), "job-1")
    assert content_hash(changed) != content_hash(document(mart_row(1), "job-1"))


def test_another_order_is_other_content() -> None:
    """BSON keeps an order, and so does what the CRM logged."""
    assert content_hash(made_with({"a": 1, "b": 2})) != content_hash(made_with({"b": 2, "a": 1}))


def test_a_value_of_another_type_has_another_hash() -> None:
    """`1`, `1.0`, `"1"` and `true` are four values; a date is not its text."""
    hashes = {content_hash(made_with(value)) for value in (1, 1.0, "1", True)}
    assert len(hashes) == 4
    made = document(mart_row(1), "job-1")
    assert content_hash(made) != content_hash(made | {"created_at": str(made["created_at"])})


def test_what_is_absent_is_not_there() -> None:
    """No null at the top level, in the actor or in the metadata; a null in changes stays."""
    made = document(mart_row(1), "job-1")
    assert None not in [*made.values(), *made["actor"].values(), *made["metadata"].values()]
    assert made["changes"][0]["from"] is None


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, str(2**63)),
        (-(2**63) - 1, str(-(2**63) - 1)),
        ([{"deep": 10**40}], [{"deep": "1" + "0" * 40}]),
        (10**4_000, "1" + "0" * 4_000),
        ("lone \ud800", "lone \\ud800"),
        ("nul \0", "nul \0"),
        ({"a\0b": 1}, '{"a\\u0000b": 1}'),
        ({"$where": {"a.b": 1}}, {"$where": {"a.b": 1}}),
    ],
    ids=str,
)
def test_what_bson_cannot_hold_becomes_a_string(value: Any, stored: Any) -> None:
    """Integers beyond 64 bits, lone surrogates, and maps with a NUL in a key (declared)."""
    made = made_with(value)
    assert value_of(made) == stored
    bson.encode(made)


def test_a_value_nested_too_deep_ends_in_json_text() -> None:
    """What is deeper than MongoDB takes is kept as text, not lost."""
    value: Any = "bottom"
    for _ in range(150):
        value = [value]
    made = value_of(made_with(value))
    depth = 0
    while isinstance(made, list):
        made, depth = made[0], depth + 1
    assert depth < 90
    assert "bottom" in made


@pytest.mark.parametrize(("size", "is_large"), [(16_000_000, False), (16 * 1024 * 1024, True)])
def test_the_size_is_measured_in_bson(size: int, is_large: bool) -> None:
    """Only what MongoDB would refuse is too large."""
    text = json.dumps([{"field": "note", "from": None, "to": "x" * size}])
    assert is_too_large(document(mart_row(1, changes=text), "job-1"), text) is is_large


def test_differences_of_width_and_order_are_named() -> None:
    """What the hash tells apart, the fields do too; the expected side has no widths of its own."""
    expected, actual = made_with({"a": 1, "b": [2**40]}), made_with({"a": 1, "b": [2**40]})
    read = bson.decode(bson.encode(actual))
    assert field_differences(expected, read) == []
    read["metadata"]["version"] = Int64(1)
    read["changes"][0]["to"] = {"b": [2**40], "a": 1}
    assert [field for field, _, _ in field_differences(expected, read)] == [
        "changes",
        "metadata.version",
    ]


def test_differences_name_the_field() -> None:
    """Each place that differs is named with both values; the job is not compared."""
    expected, actual = document(mart_row(1), "job-1"), document(mart_row(1), "job-2")
    actual["actor"]["name"] = "Bert"
    del actual["metadata"]["version"]
    assert field_differences(expected, actual) == [
        ("actor.name", '"Änne"', '"Bert"'),
        ("metadata.version", "1", "(absent)"),
    ]
