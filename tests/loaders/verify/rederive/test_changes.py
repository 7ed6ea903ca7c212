"""Changes as `field, from, to`, by the action, without denied fields."""

from typing import Any

import pytest

from loaders.verify.rederive.changes import derived_changes
from loaders.verify.rederive.parsing import read

DENIED = {"api_token", "encrypted_password"}
BRANCHES: dict[str, tuple[str | None, Any, tuple[Any, Any]]] = {
    "a pair on update": ("update", [0, 2], (0, 2)),
    "a pair to null on update": ("update", ["a", None], ("a", None)),
    "an array attribute on update": ("update", [["x", "y"], ["x"]], (["x", "y"], ["x"])),
    "a scalar on update, of a merged row": ("update", "New", (None, "New")),
    "a list of three on update": ("update", [1, 2, 3], (None, [1, 2, 3])),
    "an array attribute on create": ("create", ["x", "y"], (None, ["x", "y"])),
    "a value on destroy": ("destroy", ["x", "y"], (["x", "y"], None)),
    "a pair of another action": ("merge", [1, 2], (None, [1, 2])),
    "no action": (None, [1, 2], (None, [1, 2])),
}
DENIED_VALUES: dict[str, tuple[Any, list[Any]]] = {
    "at the top": ({"API_Token": "s", "a": 1}, ["a", 1]),
    "a scalar in a map": ({"a": {"api_token": "s", "b": 1}}, ["a", {"b": 1}]),
    "a scalar in a list of maps": ({"a": [{"api_token": None}]}, ["a", [{}]]),
    "a map in a map: all goes": ({"a": {"b": 1, "api_token": {"c": "s"}}}, []),
    "in disguise: all goes": ({"a": {"b": 1, " Api_to\u200bken": "s"}}, []),
    "in disguise at the top": ({"\uff41pi_token": "s", "a": 1}, ["a", 1]),
    "a longer name": ({"my_api_token": 1}, ["my_api_token", 1]),
}


@pytest.mark.parametrize("case", BRANCHES)
def test_the_action_tells_what_a_value_is(case: str) -> None:
    """Only an update has pairs; a create leads to its value, a destroy comes from it."""
    action, value, (before, after) = BRANCHES[case]
    assert derived_changes(action, {"f": value}, ()) == [
        {"field": "f", "from": before, "to": after}
    ]


@pytest.mark.parametrize("case", DENIED_VALUES)
def test_denied_fields_go(case: str) -> None:
    """In any case of letters and at any depth; names that only hold theirs stay."""
    members, left = DENIED_VALUES[case]
    found = derived_changes("create", members, DENIED)
    assert [part for change in found for part in (change["field"], change["to"])] == left


def test_fields_keep_the_sources_order() -> None:
    """Also when they are not in the alphabet's."""
    found = derived_changes("update", read("---\nzeta: [1, 2]\nalpha: [3, 4]\n").members, ())
    assert [change["field"] for change in found] == ["zeta", "alpha"]


@pytest.mark.parametrize("text", [None, "", " ", "--- {}\n", "{}"])
def test_nothing_is_no_changes(text: str | None) -> None:
    """NULL, empty text and an empty map are not errors."""
    reading = read(text)
    assert (reading.members, reading.error) == ({}, None)


def test_a_root_that_is_no_map_is_one_change() -> None:
    """Its field is `(value)`."""
    assert read("--- exported\n").members == {"(value)": "exported"}


def test_what_cannot_be_parsed_has_the_parsers_message() -> None:
    """And no members."""
    reading = read("--- [1, 2")
    assert reading.members == {}
    assert reading.error


@pytest.mark.parametrize("text", ["--- {}\n", "[{}]"])
def test_a_number_beyond_all_limits_stays_its_digits(text: str) -> None:
    """As the document has it, and no error of Python's own limit."""
    digits = "9" * 5_000
    assert read(text.format(digits)).members in ({"(value)": digits}, {"(value)": [digits]})
