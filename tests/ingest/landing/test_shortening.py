"""What is long leaves its row, and comes back as it was (rule: long texts)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.audited_yaml import parse
from ingest.landing.shortening import ROW_LENGTH, comment_for_rules, shortened
from ingest.shared.long_texts import MARK
from loaders.documents.long_values import whole_changes
from loaders.errors import LostValueError

LONG = "x" * 3_000
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [LONG, MARK, f'{{"{MARK}":["0","",0,{{}},0]}}', 'é"\\' * 500]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXTS, each, max_size=4),
    max_leaves=12,
)


def cut(value: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What stays of a value in its row, and what has left it, as it is staged."""
    short, moved = shortened(value, json.dumps(value, ensure_ascii=False))
    assert short is not None
    long = {str(number): text.encode() for number, text in enumerate(moved)}
    return json.loads(short), long


def back(short: Any, long: dict[str, bytes]) -> Any:
    """What a document is made of."""
    text = json.dumps(short, ensure_ascii=False, separators=(",", ":"))
    return json.loads(whole_changes(text, long))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(TEXTS.filter(lambda text: text != MARK), VALUES, max_size=5))
def test_every_value_comes_back_as_it_was(value: dict[str, Any]) -> None:
    """Also where the data have the mark itself: what is left in a row with it is never theirs."""
    assert back(*cut(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"a": 1, "b": LONG}, {"a": 1, "b": 0}, id="a member"),
        pytest.param({"a": ["old", LONG]}, {"a": ["old", 0]}, id="a new value"),
        pytest.param({"a": [LONG, LONG + "y"]}, {"a": [0, 1]}, id="old and new"),
        pytest.param({"a": [LONG, 1, 2]}, {"a": 0}, id="a list that is no pair"),
        pytest.param({"a": {"b": LONG}}, {"a": 0}, id="a map"),
        pytest.param(LONG, {"(value)": 0}, id="a root that is a text"),
        pytest.param([1, LONG], {"(value)": [1, 0]}, id="a root that is a list"),
        pytest.param({"a": "x" * 1_900, "b": "y" * 300}, {"a": 0, "b": "y" * 300}, id="the longest first"),
    ],
)  # fmt: skip
def test_a_row_keeps_its_shape(value: Any, expected: dict[str, Any]) -> None:
    """Fields, short values, and old and new apart: all that a rule looks at."""

    def places(found: Any) -> Any:
        if isinstance(found, dict) and MARK in found:
            return int(found[MARK][0])
        if isinstance(found, dict):
            return {name: places(inner) for name, inner in found.items()}
        return [places(inner) for inner in found] if isinstance(found, list) else found

    short, _ = cut(value)
    assert places(short) == expected


def test_a_short_row_stays_as_it_is() -> None:
    """Up to the limit nothing is moved, however long one of its values is."""
    value = {"a": "x" * (ROW_LENGTH - len('{"a": ""}'))}
    assert cut(value) == (value, {})
    assert cut({"a": value["a"] + "x"})[1] != {}


def test_another_value_is_another_row() -> None:
    """The hash of a row of the mart follows a value that is not in it."""
    one, other = cut({"a": LONG + "1"})[0], cut({"a": LONG + "2"})[0]
    assert one != other


def test_what_is_cut_out_of_the_keys_is_cut_out_of_the_value() -> None:
    """Denied fields within a long value: each scalar goes, as the models cut it from a short one."""
    value = {
        "profile": {
            "n": 1,
            "otp_secret": 'a "quoted\\" one',
            "more": [{"OTP_Secret": 12.5, "text": '"otp_secret":1'}, {"otp_secret": None}],
            "bio": LONG,
        }
    }
    short, long = cut(value)
    keys = short["profile"][MARK][3]
    assert keys == {"n": 0, "otp_secret": 0, "more": {}, "bio": 0, "OTP_Secret": 0, "text": 0}
    del keys["otp_secret"], keys["OTP_Secret"]
    assert back(short, long) == {
        "profile": {"n": 1, "more": [{"text": '"otp_secret":1'}, {}], "bio": LONG}
    }


def test_a_denied_list_or_map_shows_as_one() -> None:
    """So the rule drops the whole value, wherever in it a key has more than a scalar."""
    short, _ = cut({"a": [{"otp_secret": 1}, {"otp_secret": []}, LONG]})
    assert short["a"][MARK][3] == {"otp_secret": {}}


def test_a_value_that_is_lost_is_told() -> None:
    """Neither a document without its value is made, nor one with another."""
    short, long = cut({"a": LONG})
    with pytest.raises(LostValueError, match="run `make ingest`"):
        back(short, {})
    with pytest.raises(LostValueError):
        back(short, {"0": long["0"][:-2] + b'y"'})


def test_numbers_that_no_machine_has_keep_their_digits() -> None:
    """A long value is the reader's own JSON, to the digit."""
    parsed = parse(f"---\nbig: [{'9' * 40}, 1.0e-07, {LONG}]\n")
    short, moved = shortened(parsed.value, parsed.value_json)
    long = {str(number): text.encode() for number, text in enumerate(moved)}
    assert whole_changes(short or "", long) == parsed.value_json


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (json.dumps({"crm_person_id": 12, "note": LONG}), '{"crm_person_id": 12}'),
        (f'{{"crm_person_id": 1, "note": "{LONG}", "crm_person_id": "34"}}', '{"crm_person_id": "34"}'),
        (f'{{"crm_person_id": 1, "note": "{LONG}", "crm_person_id": null}}', "{}"),
        (f'{{"crm_person_id": 12, "note": "{LONG}"', None),
        (f'{{"crm_person_id": 12, "note": "{LONG}", "x": NaN}}', None),
        (f'{{"crm_person_id": 12, "x": {"9" * 5_000}}}', '{"crm_person_id": 12}'),
        (f'["{LONG}"]', None),
        (LONG, None),
        (" \t\r\n" * 1_000, ""),
    ],
)  # fmt: skip
def test_the_rules_read_in_a_long_comment_what_they_would_read(
    comment: str, expected: str | None
) -> None:
    """A person's id in an object, of repeated keys the last; blanks; and else nothing."""
    assert comment_for_rules(comment) == expected
