"""A lake into which two processes publish an account each at the same time."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.transform.lake.settings import LakeSettings, program
from tests.conftest import ROOT, RunningServers
from tests.dbt.conftest import run_dbt

ACCOUNTS = ("demo-small", "demo-gem")
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
LAYERS = ("marts", "reconciliation")
COPY = """
import sys
from loaders.transform.lake.catalog import opened
with opened("read_only") as lake:
    lake.execute(sys.argv[1])
"""


@dataclass(frozen=True, slots=True)
class Lake:
    """The servers, with a `VAR_DIR` that has the staging files of the accounts and the lake."""

    servers: RunningServers
    var_dir: Path

    def run(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the loaders."""
        return self.servers.run("loaders", *arguments, **{"VAR_DIR": str(self.var_dir)} | changes)

    def publish_at_once(self, *accounts: str) -> dict[str, str]:
        """Publish accounts, each by a process of its own, and return what failed."""
        env = {**os.environ, **self.servers.env, "VAR_DIR": str(self.var_dir)}
        processes = {
            account: subprocess.Popen(
                [sys.executable, "-m", "loaders", "lake", "--account", account],
                cwd=ROOT,
                env={**env, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for account in accounts
        }
        said = {account: process.communicate(timeout=300) for account, process in processes.items()}
        return {name: said[name][0] for name, process in processes.items() if process.returncode}

    def staging(self, account: str) -> Path:
        """The account's staging file."""
        return self.var_dir / account / "staging.duckdb"

    def outcome_count(self, account: str) -> int:
        """Count the audits of the account's file; other tests may have added some to the CRM."""
        with duckdb.connect(self.staging(account), read_only=True) as connection:
            query = "select count(*)::int from marts.audit_outcomes"
            [(count,)] = connection.execute(query).fetchall()
        return int(count)

    def differences(self, account: str) -> dict[str, Any]:
        """Return what is not the same in the lake and in the account's file: nothing, or why."""
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.staging(account)}' as local (read_only)")
            tables = _tables(connection)
            exported = self._exported(account, tables)
            found = {table: _differences(connection, table, exported[table]) for table in tables}
        return {table: difference for table, difference in found.items() if difference}

    def _exported(self, account: str, tables: list[str]) -> dict[str, Path]:
        """Write tables of the account in the lake to Parquet files."""
        prefix = account.replace("-", "_")
        files = {table: self.var_dir / account / f"{table}.parquet" for table in tables}
        copies = [f"copy lake.{prefix}_{table} to '{file}'" for table, file in files.items()]
        env = {**os.environ, **self.servers.env, "VAR_DIR": str(self.var_dir)}
        subprocess.run(
            [program("python"), "-c", COPY, "; ".join(copies)],
            cwd=ROOT,
            env={**env, **LakeSettings.from_env(env).variables(), "PYTHONPATH": str(ROOT)},
            check=True,
        )
        return files


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = (
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = 'local' and table_schema in ? order by all"
    )
    return [name for (name,) in connection.execute(query, [LAYERS]).fetchall()]


def _differences(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> Any:
    """Return differing columns, else count and hash of all rows of both where they differ."""
    sides = f"local.{table}", f"'{file}'"
    columns = [connection.execute(f"describe from {side}").fetchall() for side in sides]
    if [column[:2] for column in columns[0]] != [column[:2] for column in columns[1]]:
        return columns
    digest = "select count(*), bit_xor(hash(compared)), sum(hash(compared)) from {} as compared"
    rows = [connection.execute(digest.format(side)).fetchall() for side in sides]
    return rows if rows[0] != rows[1] else None


@pytest.fixture(scope="module")
def lake(servers: RunningServers, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that is yet to be made, and two accounts that are staged and transformed."""
    var_dir = tmp_path_factory.mktemp("lake")
    made = Lake(servers, var_dir)
    for account in ACCOUNTS:
        done = servers.run("ingest", "extract", "--account", account, VAR_DIR=str(var_dir))
        assert done.returncode == 0, done.stderr
        target = var_dir / account / "target"
        done = run_dbt("build", *WITHOUT_TESTS, staging=made.staging(account), target=target)
        assert done.returncode == 0, done.stdout
    return made


@pytest.fixture(scope="module")
def published(lake: Lake) -> Lake:
    """The lake that two processes made and filled at the same time."""
    assert lake.publish_at_once(*ACCOUNTS) == {}
    return lake
