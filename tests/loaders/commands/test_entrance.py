"""`make` and `crm-migrate`: what is typed arrives as it is, and what is wrong starts nothing."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from loaders.commands.entrance import app

ROOT = Path(__file__).parents[3]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
EVIL = "x$(touch pwned)`touch pwned`$(shell touch pwned)${HOME}\"; touch pwned; '\\ $50 (ok)"
WRONG = {
    "no account": ("report", {}, "ACCOUNT is missing"),
    "an empty account": ("migrate", {"ACCOUNT": ""}, "ACCOUNT is missing"),
    "an unknown account": ("migrate", {"ACCOUNT": "nobody"}, "unknown account 'nobody'"),
    "a path for an account": ("purge", {"ACCOUNT": "../x"}, "unknown account '../x'"),
    "an account in capitals": ("probe", {"ACCOUNT": "Demo-Small"}, "unknown account"),
    "a mistyped switch": (
        "rollback",
        {"ACCOUNT": "demo-small", "DRYRUN": "1"},
        "make rollback knows no DRYRUN; did you mean DRY_RUN?",
    ),
    "another command's switch": (
        "status",
        {"ACCOUNT": "demo-small", "FORCE": "1"},
        "make status knows no FORCE",
    ),
    "a lower-case variable": (
        "status",
        {"account": "demo-small"},
        "make status knows no account",
    ),
    "a switch that is neither yes nor no": (
        "rollback",
        {"ACCOUNT": "demo-small", "DRY_RUN": "maybe"},
        "DRY_RUN: ",
    ),
    "a forced ja": ("migrate", {"ACCOUNT": "demo-small", "FORCE": "ja"}, "FORCE: "),
    "a word for an audit": ("explain", {"ACCOUNT": "demo-small", "AUDIT": "abc"}, "AUDIT: "),
    "no audit": ("explain", {"ACCOUNT": "demo-small"}, "AUDIT is missing"),
    "an audit beyond 64 bits": (
        "explain",
        {"ACCOUNT": "demo-small", "AUDIT": "9" * 20},
        "AUDIT: ",
    ),
    "a negative sample": ("reconcile", {"ACCOUNT": "demo-small", "SAMPLE": "-1"}, "SAMPLE: "),
    "an empty sign-off": ("signoff", {"ACCOUNT": "demo-small"}, "BY is missing"),
    "no rows": ("demo-audits", {"ACCOUNT": "demo-small", "ROWS": "0"}, "ROWS: "),
    "rows in words": ("demo-audits", {"ACCOUNT": "demo-small", "ROWS": "abc"}, "ROWS: "),
    "a start that is no date": (
        "migrate",
        {"ACCOUNT": "demo-small", "DATE_RANGE_START": "tomorrow"},
        "tomorrow",
    ),
    "the same for one stage": (
        "ingest",
        {"ACCOUNT": "demo-small", "DATE_RANGE_START": "2020-13-01"},
        "2020-13-01",
    ),
    "one file of two": ("parse", {"IN": "rows.jsonl"}, "OUT is missing"),
    "no file": ("import-id-map", {"ACCOUNT": "demo-small"}, "IN is missing"),
    "a query that is not there": ("lake-query", {}, "SQL is missing"),
    "a foreign name of lint": ("lint", {"FIX": "1"}, "make lint knows no FIX"),
    "a foreign name of bench": ("bench", {"ROW": "1000"}, "make bench knows no ROW"),
}


def run(*command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the project, as a shell would."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def make(target: str, var_dir: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a make target with variables as a person types them."""
    given = [f"{name}={value}" for name, value in variables.items()]
    return run("make", "--no-print-directory", target, f"VAR_DIR={var_dir}", *given)


@pytest.mark.parametrize(("target", "variables", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_usage_is_one_line_and_starts_nothing(
    tmp_path: Path, target: str, variables: dict[str, str], words: str
) -> None:
    """Exit code 2, the fault by its name, no traceback; no folder, no server, no job."""
    done = make(target, tmp_path / "var", **variables)
    lines = [line for line in done.stderr.splitlines() if "*** [" not in line]
    assert done.returncode == 2
    assert len(lines) == 1, done.stderr
    assert words in lines[0]
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("target", ["migrate", "status", "rollback"])
def test_no_target_hands_a_value_to_a_shell(tmp_path: Path, target: str) -> None:
    """An account that is a shell's, make's and Python's trap is an unknown account, as typed."""
    done = make(target, tmp_path / "var with a blank", ACCOUNT=EVIL)
    assert done.returncode == 2
    assert not list(ROOT.glob("pwned*"))
    assert "unknown account" in done.stderr
    assert "$50 (ok)" in done.stderr


def test_the_value_of_an_unknown_variable_runs_nowhere(tmp_path: Path) -> None:
    """It is refused by name."""
    done = make("status", tmp_path / "var", FOO=EVIL)
    assert "make status knows no FOO" in done.stderr
    assert not list(ROOT.glob("pwned*"))


def test_a_target_does_nothing_but_call_its_command() -> None:
    """No recipe of a command holds a variable, so that what holds for one target holds for all."""
    makefile = (ROOT / "Makefile").read_text()
    for name in COMMANDS:
        recipe = re.search(rf"^{name}:.*\n((?:\t.*\n)*)", makefile, re.MULTILINE)
        assert recipe is not None
        assert recipe[1] == "\t@$(CRM) $@\n"


def test_every_command_is_a_target_and_says_what_it_is_for() -> None:
    """`make` and `crm-migrate --help` list the same commands."""
    targets = run("make", "help").stdout
    listed = run("make", "setup").returncode
    shown = run(str(ROOT / ".venv/bin/crm-migrate"), "--help").stdout
    assert listed == 0
    for name, command in COMMANDS.items():
        assert f"  make {name} " in targets
        assert name in shown
        assert command.help


def test_a_value_arrives_as_it_was_typed(tmp_path: Path) -> None:
    """Blanks, quotes, dollars and new lines of a variable are those of the option."""
    rows = tmp_path / "rows $50 (ok)'; touch pwned; '.jsonl"
    rows.write_text('{"id": 1, "audited_changes": null}\n')
    done = make("parse", tmp_path / "var", IN=str(rows), OUT=str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_text().startswith('{"id":1,')


@pytest.mark.parametrize("no", ["0", "no", "false", "off", ""])
def test_no_means_no(no: str) -> None:
    """A switch that is set to no is not set."""
    assert _switched("DRY_RUN", no) is False


@pytest.mark.parametrize("yes", ["1", "yes", "true", "on"])
def test_yes_means_yes(yes: str) -> None:
    """A switch that is set to yes is set."""
    assert _switched("DRY_RUN", yes) is True


def _switched(variable: str, value: str) -> Any:
    os.environ[variable] = value
    try:
        arguments = ["--account", "demo-small"]
        return COMMANDS["rollback"].make_context("rollback", arguments).params["dry_run"]
    finally:
        del os.environ[variable]
