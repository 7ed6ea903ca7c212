"""Whole documents: keys, merges, aliases, and the forms a column can have."""

import json

import pytest

from ingest.audited_yaml import Parsed, parse

KEYS = {
    "nil": ("{! '': 1}", {"": 1}),
    "one and true": ("{1: a, true: b}", {"1": "a", "true": "b"}),
    "numbers": ("{1: a, 1.5: b, 1.0e-07: c}", {"1": "a", "1.5": "b", "1.0e-07": "c"}),
    "date": ("{2021-01-01: a}", {"2021-01-01": "a"}),
    "symbol": (":a: 1\n! ':odd: x': 2", {"a": 1, "odd: x": 2}),
    "list": ("? - 1\n  - a\n: x", {'[1,"a"]': "x"}),
    "hash": ("? a: 1\n: x", {'{"a":1}': "x"}),
    "alias": ("a: &k key\n*k : 1", {"a": "key", "key": 1}),
    "twice": ("a: 1\nb: 2\na: 3", {"a": 3, "b": 2}),
    "long": (f"? {'x' * 200}\n: 1", {"x" * 200: 1}),
}

MERGES = {
    "a hash": ("a: &a {x: 1, y: 2}\nb:\n  x: 0\n  <<: *a\n  y: 3", {"x": 1, "y": 3}),
    "a list of hashes": ("b:\n  <<: [{x: 1}, {x: 2, y: 2}]", {"x": 1, "y": 2}),
    "a quoted key": ("b: {'<<': {x: 1}}", {"x": 1}),
    "a string by its tag": ("b: {!!str '<<': {x: 1}}", {"<<": {"x": 1}}),
    "no hash": ("b: {<<: 5}", {"<<": 5}),
    "no hash in Ruby": (
        "b: {<<: !ruby/range {begin: 1, end: 2, excl: false}}",
        {"<<": {"begin": 1, "end": 2, "excl": False}},
    ),
}


def read(text: str) -> object:
    """Give what a document says."""
    parsed = parse(text)
    assert parsed.error is None
    return json.loads(parsed.value_json or "null")


@pytest.mark.parametrize(("text", "expected"), KEYS.values(), ids=KEYS)
def test_a_key_is_its_text(text: str, expected: object) -> None:
    """Keys of any type become text, and never fall together by Python's equality."""
    assert read(text) == expected


@pytest.mark.parametrize(("text", "expected"), MERGES.values(), ids=MERGES)
def test_a_merge_key_merges_as_in_psych(text: str, expected: object) -> None:
    """``<<`` lays hashes over what stands before; what is no hash is an ordinary value."""
    found = read(text)
    assert isinstance(found, dict)
    assert found["b"] == expected


def test_an_anchor_can_be_used_again_and_again() -> None:
    """The last anchor of a name counts, for collections and scalars."""
    assert read("- &1 [a]\n- *1\n- &1 b\n- *1\n") == [["a"], ["a"], "b", "b"]


def test_only_the_first_document_counts() -> None:
    """As in ``YAML.load``, what follows is not even looked at."""
    assert read("--- a\n...\n[") == "a"


@pytest.mark.parametrize("text", [None, "", " \n\t"])
def test_no_text_is_no_changes(text: str | None) -> None:
    """NULL and blank texts have no value, no parser and no error."""
    assert parse(text) == Parsed(None, "none")


@pytest.mark.parametrize("text", ["---\n", "--- ~\n", "# only a comment\n"])
def test_a_null_document_is_no_changes(text: str) -> None:
    """A document that says nothing has no value."""
    assert parse(text) == Parsed(None, "yaml")


@pytest.mark.parametrize(
    ("text", "value_json", "parser"),
    [
        pytest.param("--- {}\n", "{}", "yaml", id="comment-only update"),
        pytest.param("--- exported\n", '"exported"', "yaml", id="a scalar as root"),
        pytest.param("{a: yes}", '{"a":true}', "yaml", id="flow YAML that is no JSON"),
        pytest.param('"a": yes', '{"a":true}', "yaml", id="YAML that begins with a quote"),
        pytest.param('{"b": [1, 2.50], "a": "yes"}', '{"b":[1,2.5],"a":"yes"}', "json", id="JSON"),
        pytest.param(' {"a": null}', '{"a":null}', "json", id="JSON after a space"),
        pytest.param('{"a":1,"a":2}', '{"a":2}', "json", id="JSON with a key twice"),
        pytest.param('"--- \\na:\\n- :b\\n"', '{"a":["b"]}', "yaml", id="YAML in a JSON string"),
        pytest.param('"{\\"a\\":1}"', '{"a":1}', "json", id="JSON in a JSON string"),
        pytest.param('"exported"', '"exported"', "json", id="a JSON string"),
        pytest.param('["2021-01-01", ":a"]', '["2021-01-01",":a"]', "json", id="JSON has no types of YAML"),
        pytest.param('[12345678901234567890123]', '[12345678901234567890123]', "json", id="a long integer in JSON"),
        pytest.param('[1e400]', '[1e400]', "json", id="a number beyond floats in JSON"),
        pytest.param("[NaN]", '["NaN"]', "yaml", id="not JSON"),
        pytest.param("\ufeff--- a", '"a"', "yaml", id="byte order mark"),
    ],
)  # fmt: skip
def test_the_form_is_found_row_by_row(text: str, value_json: str, parser: str) -> None:
    """YAML, JSON and YAML in JSON strings can stand in one column."""
    assert parse(text) == Parsed(value_json, parser)
