"""dbt on the project, or on a copy of it, in folders that the session leaves behind clean."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunningServers
from tests.places import warm

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"
TROUBLED = "demo-trouble"


Dbt = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, slots=True)
class Built:
    """A warehouse that dbt has built, with what dbt knows of it."""

    staging: Path
    manifest: dict[str, Any]
    catalog: dict[str, Any]


def run_dbt(
    *command: str, staging: Path, target: Path, project: Path = PROJECT
) -> "subprocess.CompletedProcess[str]":
    """Run one dbt command with warnings as errors, as a child.

    Args:
        command: The command and its own options.
        staging: The warehouse; made when absent.
        target: Where the artifacts and the log go.
        project: The dbt project, or a copy of it.
    """
    env = {
        **os.environ,
        "STAGING_PATH": staging.name,
        "PYTHONPATH": str(ROOT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
    }
    options: list[str | Path] = [
        "--project-dir",
        project,
        "--profiles-dir",
        ROOT,
        "--target-path",
        target,
    ]
    options += ["--log-path", target / "logs"]
    arguments = [*warm.dbt(), "--warn-error", *command, *map(str, options)]
    return warm.run(arguments, env, folder=staging.parent)


def artifact(target: Path, name: str) -> dict[str, Any]:
    """Return one of dbt's artifacts: `manifest`, `catalog` or `run_results`."""
    content: dict[str, Any] = json.loads((target / f"{name}.json").read_text())
    return content


@pytest.fixture(scope="session")
def manifest(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What dbt knows of the project after `dbt parse`."""
    folder = tmp_path_factory.mktemp("parse")
    done = dbt("parse", staging=folder / "staging.duckdb", target=folder / "target")
    assert done.returncode == 0, done.stdout
    return artifact(folder / "target", "manifest")


def extract(servers: RunningServers, var_dir: Path, project: Path = ROOT) -> Path:
    """Copy the sources of the account with trouble in it, and return its staging file.

    Args:
        servers: The session's servers.
        var_dir: Where the staging file goes.
        project: The whole project, or a copy of it with seeds of its own.
    """
    done = warm.run(
        [warm.python(), "-m", "ingest", "extract", "--account", TROUBLED],
        {**os.environ, **servers.env, "VAR_DIR": str(var_dir), "PYTHONPATH": str(project)},
        folder=project,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return var_dir / TROUBLED / "staging.duckdb"


@pytest.fixture(scope="session")
def built(servers: RunningServers, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The account with trouble in it, extracted, built and documented."""
    folder = tmp_path_factory.mktemp("built")
    target = folder / "target"
    staging = extract(servers, folder / "var")
    without_tests = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    for command in (("build", *without_tests), ("docs", "generate", "--no-compile")):
        done = run_dbt(*command, staging=staging, target=target)
        assert done.returncode == 0, done.stdout
    return Built(staging, artifact(target, "manifest"), artifact(target, "catalog"))
