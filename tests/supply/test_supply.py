"""``make audit``: no licence without a word about it, no silence taken for health."""

import json

import pytest

from tests.supply.licences import Package, locked_packages, objections
from tests.supply.vulnerabilities import NOT_REACHED, told

SKIPPED = {"name": "a", "skip_reason": "not found"}
SOUND = {"name": "b", "version": "1", "vulns": []}
FAULTY = {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}


def test_every_licence_that_binds_is_explained() -> None:
    """Over the whole lock; each explanation is of a locked package."""
    packages = locked_packages()
    assert objections(packages) == []
    named = {line.partition(" ")[0] for line in objections(packages, explained={})}
    assert {"psycopg", "text-unidecode"} <= named


@pytest.mark.parametrize("licence", ["AGPL-3.0-only", "not told", "GNU General Public License v3"])
def test_a_new_package_that_binds_is_an_objection(licence: str) -> None:
    """It is named, with its licence."""
    [line] = objections([Package("new", "1.0", licence), Package("other", "1.0", "MIT")])
    assert line.startswith(f"new 1.0: {licence}")


@pytest.mark.parametrize("answer", ["", json.dumps({"dependencies": [SKIPPED, SKIPPED]})])
def test_a_service_that_was_not_reached_is_no_good_news(answer: str) -> None:
    """Neither an empty answer nor one in which every package was passed over."""
    assert told(answer) == (NOT_REACHED, False)


def test_what_is_known_is_told() -> None:
    """The package, the fault, the version that mends it, and how many were looked at."""
    line, is_fault = told(json.dumps({"dependencies": [SKIPPED, SOUND, FAULTY]}))
    assert is_fault
    assert line.split("\n  ") == [
        "1 known; 2 of 3 packages looked at",
        "c 2: PYSEC-1, mended in 3",
    ]
