"""A purged account leaves the lake of all accounts (rule: security)."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ingest.shared.seeds import find_account
from loaders.transform.lake.publishing import withdraw
from loaders.transform.lake.settings import LakeSettings, program
from tests.conftest import ROOT, RunningServers
from tests.loaders.conftest import with_database

SMALL, GEM = find_account("demo-small"), find_account("demo-gem")
# A table that was replaced, a small one that the catalog itself holds, and the views over all.
FILL = """
import os, sys
from loaders.transform.lake.catalog import opened, unite
with opened("data_path '" + os.environ["LAKE_DATA_PATH"] + "'") as connection:
    for argument in sys.argv[1:]:
        account, company = argument.split("=")
        for schema in (account + "_marts", account + "_reconciliation"):
            connection.execute(f"create schema lake.{schema}")
            for rows in (9_001, 5_001, 4):
                connection.execute(
                    f"create or replace table lake.{schema}.outcomes_{rows % 2} as "
                    f"select '{company}' as company, range as id from range({rows})"
                )
    unite(connection)
"""
FILLED = (f"demo_small={SMALL.company_sso_id}", f"demo_gem={GEM.company_sso_id}")
HELD = "select database_to_xml(true, true, '')::text"


@pytest.fixture
def lake(servers: RunningServers, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a lake of its own with two accounts."""
    name = f"lake_{uuid.uuid4().hex[:12]}"
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(tmp_path),
        "LAKE_CATALOG_URL": with_database(servers.admin_url, name),
    }
    with psycopg.connect(servers.admin_url, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
        variables = LakeSettings.from_env(env).variables()
        subprocess.run(
            [program("python"), "-c", FILL, *FILLED], env=env | variables, cwd=ROOT, check=True
        )
        yield env
        admin.execute(f"drop database {name} with (force)".encode())


def test_nothing_of_a_withdrawn_account_is_left(lake: dict[str, str], tmp_path: Path) -> None:
    """Neither rows, nor files, nor values in the catalog; the other account's stay."""
    files = tmp_path / "lake"
    (files / "demo_small_marts" / "of_a_killed_process.parquet").touch()
    kept = sorted(path for path in files.rglob("*.parquet") if "demo_gem" in str(path))
    assert withdraw(SMALL, lake)
    with psycopg.connect(lake["LAKE_CATALOG_URL"]) as catalog:
        [(held,)] = catalog.execute(HELD).fetchall()
    assert SMALL.company_sso_id not in held
    assert GEM.company_sso_id in held
    assert {path.name for path in files.iterdir()} == {"demo_gem_marts", "demo_gem_reconciliation"}
    assert set(files.rglob("*.parquet")) <= set(kept)
    assert withdraw(GEM, lake)
    assert not withdraw(GEM, lake)


def test_a_lake_that_nobody_made_holds_nothing(servers: RunningServers, tmp_path: Path) -> None:
    """Its environment is not asked for."""
    url = with_database(servers.admin_url, "postgres")
    assert not withdraw(SMALL, {"LAKE_CATALOG_URL": url, "VAR_DIR": str(tmp_path)})
