"""The house keeps its shape: small modules, few on one level, names that are not mixed up."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 250
MOST_FLAT = 6
PACKAGES = ("ingest", "loaders")
# What a package of any topic has, and its readers look for beside the topic.
SHARED_NAMES = {"__init__.py", "__main__.py", "errors.py", "settings.py"}

CODE = {".py", ".sql", ".j2", ".js"}
SQL_PARTS = ("macros", "models", "tests")
# As a text in SQL `crm_person_id` is a key of the CRM; in Python it is a field of the id map.
CRM_NAMES = re.compile(
    r"\b(?:Crm(?:Person|Company|Lead|Deal|Ticket|Task)\w*|Crm::\w+|"
    r"crm_(?:company|lead|deal|ticket|task|stage|ticket_status|task_status)_id)\b|"
    r"[\"'](?:User|Staff|Note|AdminUser|Person)[\"']|'crm_person_id'"
)

EXPLAINED = re.compile(r"# (?:noqa: S\d+ - )?(?!noqa)\w[^#]+ # nosec B\d+$")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_longer_than_a_reader_keeps_in_mind(package: str) -> None:
    """At most 250 lines."""
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / package).rglob("*.py")}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}


def test_loaders_has_few_modules_on_one_level() -> None:
    """The story, its preview, the entrance, the errors; the rest is in a package of its topic."""
    flat = sorted(path.name for path in (ROOT / "loaders").glob("*.py"))
    assert len(flat) <= MOST_FLAT, flat


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_name_stands_twice(package: str) -> None:
    """So that a name in a sentence is one file."""
    places = defaultdict(list)
    for path in (ROOT / package).rglob("*.py"):
        places[path.name].append(str(path.relative_to(ROOT)))
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if name not in SHARED_NAMES} == {}


def test_no_name_of_a_crm_stands_in_the_code() -> None:
    """Classes, keys and status fields are said by the seeds, and are guessed from nothing."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*")]
    files += [path for part in SQL_PARTS for path in (ROOT / "dbt_project" / part).rglob("*")]
    found = {
        str(path.relative_to(ROOT)): names
        for path in files
        if path.suffix in CODE and not path.is_relative_to(ROOT / "ingest" / "demo")
        if (names := CRM_NAMES.findall(path.read_text()))
    }
    assert found == {}


def test_no_finding_of_bandit_is_passed_over_without_a_reason() -> None:
    """A line that it is told to let be names the rule, and says why before it."""
    lines = [
        line
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text().splitlines()
        if "# nosec" in line
    ]
    assert lines
    assert [line for line in lines if not EXPLAINED.search(line)] == []
