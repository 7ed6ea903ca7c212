"""`dbt build` from the bare command line, with nothing but dbt and the account's file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.transform.lake.publishing import copy_staged
from loaders.transform.lake.settings import program
from tests.dbt.conftest import PROJECT, ROOT, Built, extract

BUILD = ("build", "--project-dir", "dbt_project", "--profiles-dir", ".")
DIGEST = "select count(*), sum(hash(compared::varchar))::varchar from {} as compared"


@pytest.fixture(scope="module")
def staging(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The staging file of the account with trouble in it, extracted and nothing more."""
    return extract(servers, tmp_path_factory.mktemp("bare") / "var")


def build(dbt: str, staging: Path, *options: str) -> None:
    """Run dbt as an analyst would, with an environment that holds the file's path and no more."""
    folder = staging.parent
    env = {
        "STAGING_PATH": str(staging),
        "PATH": os.environ["PATH"],
        "DBT_TARGET_PATH": str(folder / "target"),  # nothing is left in the project's folder
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    done = subprocess.run(
        [dbt, *BUILD, *options],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3_000:]


def tables(path: Path) -> Iterator[tuple[str, Any]]:
    """Count and hash every table of the marts, as text: both versions of DuckDB hash the same."""
    with duckdb.connect(path, read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        ).fetchall()
        for (name,) in names:
            yield name, connection.execute(DIGEST.format(f"marts.{name}")).fetchall()


def test_the_project_has_no_function_in_python(built: Built) -> None:
    """Neither a plug-in in the profile nor a model in Python: SQL alone."""
    assert "plugin" not in (ROOT / "profiles.yml").read_text()
    assert not list(PROJECT.rglob("*.py"))
    functions = "select function_name from duckdb_functions() where function_type like 'python%'"
    with duckdb.connect(built.staging, read_only=True) as connection:
        assert connection.execute(functions).fetchall() == []


def test_the_bare_command_line_builds_an_account_s_file(staging: Path) -> None:
    """With all tests, on both versions of DuckDB to the same marts; unit tests know neither."""
    copy = staging.parent / "older" / "staging.duckdb"
    copy_staged(staging, copy)
    build(str(Path(sys.executable).parent / "dbt"), staging)
    build(program("dbt"), copy, "--exclude-resource-type", "unit_test")
    assert dict(tables(staging)) == dict(tables(copy))
    assert set(dict(tables(staging))) == {"activity_logs", "audit_outcomes"}
