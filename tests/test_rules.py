"""Every rule that the code names is written down, and every one that is written down is used."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFERENCE = re.compile(r"\(rules?: ([a-z][a-z -]*(?:, [a-z][a-z -]*)*)[):,;]")
# Where rules are written down: each is a section, by its name.
RULES = "dbt_project/models/rules.md"
READMES = (
    "ingest/README.md",
    "ingest/probe/README.md",
    "loaders/README.md",
    "loaders/app/README.md",
    "loaders/fleet/README.md",
    "loaders/verify/README.md",
    "tests/README.md",
)


def test_every_reference_to_a_rule_resolves() -> None:
    """A reader of `(rule: contact)` finds a section `contact`, once."""
    rules = _written_rules()
    assert len(rules) == len(set(rules))
    referenced = {name: path for path in _sources() for name in _references(path)}
    assert {name: str(path) for name, path in referenced.items() if name not in rules} == {}
    assert set(rules) - referenced.keys() == set()


def test_nothing_refers_to_a_text_that_is_not_here() -> None:
    """No section sign: the sections of this repository have names."""
    sign = chr(0xA7)
    assert [str(path) for path in _sources() if sign in path.read_text()] == []


def _written_rules() -> list[str]:
    rules = re.findall(r"^## ([a-z ]+)$", (ROOT / RULES).read_text(), re.MULTILINE)
    for name in READMES:
        section = (ROOT / name).read_text().partition("\n## Rules\n")[2].partition("\n## ")[0]
        rules += re.findall(r"^### ([a-z -]+)$", section, re.MULTILINE)
    return rules


def _references(path: Path) -> set[str]:
    found = REFERENCE.findall(path.read_text())
    return {name.strip() for names in found for name in names.split(", ")}


def _sources() -> list[Path]:
    command = ["git", "ls-files", "*.py", "*.sql", "*.yml", "*.j2", "Makefile"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if name != "tests/test_rules.py"]
