"""README tells the truth about the commands."""

import re
from pathlib import Path

from loaders.review.report.words import CHECKS

ROOT = Path(__file__).parents[1]


def test_every_command_in_readme_exists() -> None:
    """Each `make <target>` that README names is a target of the Makefile, with its one line."""
    named = set(re.findall(r"`?make ([a-z-]+)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "migrate", "status", "test"} <= named & targets
    assert named - targets == set()


def test_the_checks_in_readme_are_those_of_the_report() -> None:
    """The table of what each check catches and cannot catch is one text in two places."""
    readme = (ROOT / "README.md").read_text()
    rows = [f"| {each.name} | {each.catches} | {each.cannot} |" for each in CHECKS]
    assert "\n".join(rows) in readme


def test_every_variable_in_readme_is_in_the_example() -> None:
    """The configuration table and `.env.example` name the same variables."""
    table = (ROOT / "README.md").read_text().split("## On real systems")[1].split("Then:")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == example
