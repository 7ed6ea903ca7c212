"""Runs dbt over an account's warehouse, as a child that gives the file back (rule: outcome)."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from ingest.shared.duckdb_settings import MEMORY, THREADS, duckdb_config
from ingest.shared.processes import run_child
from ingest.shared.seeds import Account, check_lines
from ingest.shared.settings import ROOT
from ingest.shared.tracing import traced
from loaders.errors import StageFailedError
from loaders.transform.code_tests import code_tests_once
from loaders.transform.faults import failure_line
from loaders.transform.inputs import (
    build_id,
    forget_inputs,
    inputs,
    keep_inputs,
    kept_inputs,
    views_stand,
)
from loaders.transform.nodes import nodes_shown
from loaders.transform.parsed import parsed_once
from loaders.transform.warehouse import Warehouse

PROJECT = ROOT / "dbt_project"
STAGING = "staging.duckdb"
MODULE = ("-m", "dbt.cli.main")
VIEWS = "config.materialized:view"
PASSED_ON = (
    "DBT_",
    "DUCKDB_",
    "LAKE_",
    "PG",
    "PATH",
    "HOME",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_",
    "LD_",
    "PYTHON",
)
SHOWN_LINES = 10
UNMATCHED = """
select seed_file || ' line ' || line_number || ': ' || column_name || ' "' || name || '"' as cell
from reconciliation.unmatched_seed_lines
order by seed_file <> 'crm_types.csv', seed_file, line_number
"""


@traced("transform")
def transform(
    account: Account,
    var_dir: Path,
    env: Mapping[str, str],
    *,
    is_needed: bool = True,
    say: Callable[[str], object] = str,
) -> None:
    """Build the account's models and run their tests.

    Args:
        account: The account.
        var_dir: Where the warehouses are.
        env: The environment.
        is_needed: Build although nothing has changed since the last build that passed.
        say: Told whether it builds, and which lines of the seeds match no audit.

    Raises:
        InvalidSeedError: A line of a seed has too few values or too many.
        StageFailedError: dbt failed; its log is named.
    """
    check_lines()
    folder = var_dir / account.account
    target = folder / "target"
    staging = _staging(folder)
    made_from, last = inputs(account, staging), kept_inputs(target)
    standing = {"build": build_id(staging)}
    if not is_needed and last == made_from | standing:
        say("transform: nothing changed since the last build")
        return
    say("transform: dbt build")
    forget_inputs(target)
    with (
        code_tests_once(var_dir, target) as left_out,
        parsed_once(var_dir, target),
        nodes_shown(Console()) as on_line,
    ):
        if views_stand(last, made_from | standing):
            left_out = (*left_out, VIEWS)
        dbt(folder, env, "build", *_without(left_out), on_line=on_line)
    keep_inputs(target, made_from | {"build": build_id(staging)})
    with Warehouse.opened(folder, account.company_sso_id) as warehouse:
        for line in _unmatched_lines(warehouse):
            say(line)


def _unmatched_lines(warehouse: Warehouse) -> Iterator[str]:
    """Yield a warning for each line of a seed that matches no audit, the first of many."""
    cells = [row["cell"] for row in warehouse.rows(UNMATCHED)]
    for cell in cells[:SHOWN_LINES]:
        yield f"warning: {cell} matches no audit of the account"
    if len(cells) > SHOWN_LINES:
        more = len(cells) - SHOWN_LINES
        yield f"warning: {more} more such lines are in reconciliation.unmatched_seed_lines"


def dbt(
    folder: Path,
    env: Mapping[str, str],
    *command: str,
    target: Path | None = None,
    program: Sequence[str] = (),
    on_line: Callable[[str], object] | None = None,
) -> None:
    """Run one dbt command over an account's warehouse.

    Args:
        folder: Where the warehouse is, and the log goes.
        env: The environment.
        command: The command and its own options.
        target: Where the artifacts go; the folder's own for them when absent.
        program: Another environment's dbt; this one's when absent.
        on_line: Told each line that dbt prints.

    Raises:
        StageFailedError: dbt failed; its log is named.
    """
    folder = _staging(folder).parent.absolute()
    level = "info" if on_line else "none"  # nobody sees what it prints otherwise
    program = program or (sys.executable, *MODULE)
    arguments = [*program, *command, *_options(folder, target), "--log-level", level]
    problem = run_child(
        "dbt", arguments, _environment(env), folder=folder, quiet=True, on_line=on_line
    )
    if problem is not None:
        log = folder / "logs" / "dbt.log"
        message = failure_line(command[0], test_results(folder), problem.message, log)
        raise StageFailedError("transform", 1, message)


def _without(selected: Sequence[str]) -> list[str]:
    """Return the options that leave out what is selected, and none of the tests of it."""
    return ["--exclude", *selected, "--indirect-selection", "empty"] if selected else []


def _staging(folder: Path) -> Path:
    staging = folder / STAGING
    if not staging.exists():
        message = f"there is no warehouse {staging}: run `make ingest` first"
        raise StageFailedError("transform", 1, message)
    return staging


def _options(folder: Path, target: Path | None) -> list[str]:
    return [
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(ROOT),
        "--target-path",
        str((target or folder / "target").absolute()),
        "--log-level-file",
        "info",  # a line for every node, and what failed
        "--log-path",
        str(folder / "logs"),
    ]


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return what dbt needs: no source's address or password, and little to scrub a log line of."""
    config = duckdb_config(env)
    return {
        **{name: value for name, value in env.items() if name.startswith(PASSED_ON)},
        MEMORY: str(config["memory_limit"]),
        THREADS: str(config["threads"]),
        "STAGING_PATH": STAGING,  # without its folder: one parsed project fits every account
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
    }


def test_results(folder: Path) -> list[dict[str, Any]]:
    """Return dbt's results of the last build: ``unique_id``, ``status``, ``message``."""
    path = folder / "target" / "run_results.json"
    if not path.exists():
        return []
    results: list[dict[str, Any]] = json.loads(path.read_text())["results"]
    return results
