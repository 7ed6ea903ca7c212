"""Every rule and reason of rule `outcome` is shown by a unit test of dbt, and so is its edge.

`rules.yml` lists the rules; a unit test names the ones that it shows by `config.meta.rules`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RULES_FILE = Path(__file__).with_name("rules.yml")
SECTIONS_WITH_EDGES = ("8.2", "8.3", "8.4", "8.5", "8.6")
SENTENCE_WORDS = 3


@pytest.fixture(scope="module")
def listed() -> dict[str, Any]:
    """What `rules.yml` holds."""
    return dict(yaml.safe_load(RULES_FILE.read_text()))


@pytest.fixture(scope="module")
def unit_tests(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The unit tests of dbt's manifest."""
    return list(manifest["unit_tests"].values())


def test_every_rule_has_a_unit_test(
    listed: dict[str, Any], unit_tests: list[dict[str, Any]]
) -> None:
    """No rule of rule `outcome` and no edge is without a unit test that names it."""
    assert _rule_names(listed) - _shown(unit_tests) == set()


def test_every_rule_that_a_unit_test_names_is_listed(
    listed: dict[str, Any], unit_tests: list[dict[str, Any]]
) -> None:
    """A misspelt rule would look like one that is shown."""
    assert _shown(unit_tests) - _rule_names(listed) == set()


def test_every_rule_has_an_edge(listed: dict[str, Any]) -> None:
    """A rule without an edge, or an edge without its rule, is a gap in the list itself."""
    names = {name for section in SECTIONS_WITH_EDGES for name in listed["rules"][section]}
    edges = {name for name in names if name.endswith(".edge")}
    assert {f"{name}.edge" for name in names - edges} == edges


def test_every_answer_is_expected_somewhere(
    listed: dict[str, Any], unit_tests: list[dict[str, Any]]
) -> None:
    """Every reason, actor type, contact source and category rule stands in an expectation."""
    expected = {pair for unit_test in unit_tests for pair in _expectations(unit_test)}
    answers = {(column, each) for column, values in listed["answers"].items() for each in values}
    assert answers - expected == set()


def test_every_reason_of_the_mart_is_listed(
    listed: dict[str, Any], manifest: dict[str, Any]
) -> None:
    """A reason that the mart's own test accepts is one that the list asks a unit test for."""
    accepted = {
        tuple(node["test_metadata"]["kwargs"]["values"])
        for node in manifest["nodes"].values()
        if node.get("column_name") == "reason"
        and node.get("test_metadata", {}).get("name") == "accepted_values"
    }
    assert accepted == {tuple(listed["answers"]["reason"])}


def test_every_reason_of_the_loader_has_its_test(listed: dict[str, Any]) -> None:
    """What SQL cannot decide is shown by a test of the loader, which exists."""
    lacking = [
        reason
        for reason, place in listed["shown_by"].items()
        if not _is_defined(*place.split("::"))
    ]
    assert lacking == []


def test_every_unit_test_is_a_sentence(unit_tests: list[dict[str, Any]]) -> None:
    """A unit test's name says what it shows, and its description says why."""
    unclear = [
        unit_test["name"]
        for unit_test in unit_tests
        if len(unit_test["name"].split("_")) < SENTENCE_WORDS or not unit_test["description"]
    ]
    assert unclear == []


def _rule_names(listed: dict[str, Any]) -> set[str]:
    return {name for section in listed["rules"].values() for name in section}


def _shown(unit_tests: list[dict[str, Any]]) -> set[str]:
    return {
        rule for unit_test in unit_tests for rule in unit_test["config"]["meta"].get("rules", [])
    }


def _expectations(unit_test: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the column and the text of every cell that a unit test expects, where it has rows."""
    rows = unit_test["expect"]["rows"]
    for row in rows if isinstance(rows, list) else []:
        yield from ((column, str(value)) for column, value in row.items())


def _is_defined(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and f"def {name}(" in file.read_text()
