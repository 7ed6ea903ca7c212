"""An invented account that dbt has transformed, with and without link history."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from loaders.transform.warehouse import Warehouse
from loaders.verify.rederive.rules import Rules, read_rules
from tests.dbt.conftest import Dbt
from tests.loaders.verify.rederive.invented import ACCOUNT, write_raw_tables

AUDIT_COUNT = 6_000
LINKS_COUNT = "update seeds.accounts set link_history = 'true'"


@pytest.fixture(scope="session", params=[False, True], ids=["no_links", "link_history"])
def rules(request: pytest.FixtureRequest) -> Rules:
    """The seeds' rules, with link history as asked."""
    return replace(read_rules(ACCOUNT), link_history=request.param)


@pytest.fixture(scope="session")
def invented(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of an invented account, built by dbt."""
    path = tmp_path_factory.mktemp("invented") / "staging.duckdb"
    write_raw_tables(path, seed=1, audit_count=AUDIT_COUNT)
    _made(
        dbt,
        path,
        "build",
        "--exclude-resource-type",
        "test",
        "--exclude-resource-type",
        "unit_test",
    )
    return path


@pytest.fixture(scope="session")
def transformed(
    dbt: Dbt, invented: Path, rules: Rules, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """The invented account's warehouse, its marts made by dbt by the same rules."""
    folder = tmp_path_factory.mktemp("transformed")
    path = Path(shutil.copy(invented, folder))
    if rules.link_history:
        with duckdb.connect(path) as connection:
            connection.execute(LINKS_COUNT)
        _made(dbt, path, "run", "--select", "+activity_logs", "+audit_outcomes")
    with Warehouse.opened(folder, ACCOUNT.company_sso_id) as warehouse:
        yield warehouse


def _made(dbt: Dbt, path: Path, *command: str) -> None:
    done = dbt(*command, staging=path, target=path.parent / "target")
    assert done.returncode == 0, done.stdout
