"""README tells the truth about the commands."""

import re
import subprocess
from pathlib import Path

from loaders.review.report.words import CHECKS

ROOT = Path(__file__).parents[1]


def test_every_command_in_readme_exists() -> None:
    """Each `make <target>` that README names is a target of the Makefile, with its one line."""
    listed = ["git", "ls-files", "*README.md"]
    paths = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = "\n".join((ROOT / path).read_text() for path in paths.splitlines())
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "migrate", "status", "test"} <= named & targets
    assert named - targets == set()


def test_the_checks_in_the_readme_of_the_proof_are_those_of_the_report() -> None:
    """The table of what each check catches and cannot catch is one text in two places."""
    readme = (ROOT / "loaders" / "verify" / "README.md").read_text()
    rows = [f"| {each.name} | {each.catches} | {each.cannot} |" for each in CHECKS]
    assert "\n".join(rows) in readme


def test_every_variable_in_readme_is_in_the_example() -> None:
    """The configuration table and `.env.example` name the same variables."""
    section = (ROOT / "README.md").read_text().split("## Your first real account")[1]
    rows = [line for line in section.split("\n1. ")[0].splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == example


def test_readme_is_short_enough_to_be_read() -> None:
    """At most 1,600 words; the rest stands in the packages' READMEs."""
    assert len((ROOT / "README.md").read_text().split()) <= 1_600
