"""Transforms an account's staging file into the lake, in the lake's own environment."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import duckdb
import psycopg

from ingest.shared.errors import WarehouseError
from ingest.shared.processes import run_child
from ingest.shared.seeds import Account
from loaders.errors import LakeError, StageFailedError
from loaders.transform.build import dbt
from loaders.transform.lake.catalog import schemas
from loaders.transform.lake.settings import LakeSettings, program

STORAGE_VERSION = "v1.5.0"  # the newest that the lake's DuckDB reads
STAGED = """
    select table_schema, table_name
    from information_schema.tables
    where
        table_catalog = 'warehouse' and table_type = 'BASE TABLE'
        and (starts_with(table_schema, 'raw_') or table_schema = 'readback')
"""
KNOWN = "select exists(select from ducklake_schema where schema_name = any(%s))"
LAKE = "crm_activity_migration lake"


def publish(account: Account, var_dir: Path, env: Mapping[str, str]) -> None:
    """Build the account's marts and reconciliation in the lake, in place of what was there.

    Raises:
        SettingsError: `LAKE_CATALOG_URL` is missing or is no URL.
        LakeError: The catalog or the lake's environment cannot be used, or another process
            publishes the account.
        WarehouseError: The staging file is absent or held.
        StageFailedError: dbt failed; its log is named.
    """
    settings = LakeSettings.from_env(env)
    env = {**env, **settings.variables(), "LAKE_ACCOUNT": account.account}
    folder = var_dir / account.account / "lake"
    with _locks(settings) as catalog:
        _claim(catalog, account)
        try:
            copy_staged(folder.parent / "staging.duckdb", folder / "staging.duckdb")
            _unite(catalog, env)
            # The unit tests are about the SQL alone; `make transform` runs them.
            (folder / "target" / "run_results.json").unlink(missing_ok=True)
            options = ("--target", "lake", "--exclude-resource-type", "unit_test")
            dbt(folder, env, "build", *options, program=[program("dbt")])
            _unite(catalog, env)
        finally:
            _remove_copy(folder)


def withdraw(account: Account, env: Mapping[str, str]) -> bool:
    """Take the account's tables and files out of the lake, and its rows out of old snapshots.

    Returns:
        Whether there was anything.

    Raises:
        SettingsError: `LAKE_CATALOG_URL` is missing or is no URL.
        LakeError: The catalog or the lake's environment cannot be used, or another process
            publishes the account.
        StageFailedError: The lake cannot be opened, or refuses.
    """
    settings = LakeSettings.from_env(env)
    names = schemas(account.account)
    with _locks(settings) as catalog:
        _claim(catalog, account)
        if is_known := _is_known(catalog, names):
            _lock(catalog, "pg_advisory_lock", LAKE)
            _run_catalog({**env, **settings.variables()}, "withdraw", account.account)
            _lock(catalog, "pg_advisory_unlock", LAKE)
        left = [path for name in names if (path := Path(settings.data_path) / name).is_dir()]
        for path in left:  # what a killed process wrote and no snapshot ever knew
            shutil.rmtree(path)
    return is_known or bool(left)


def _is_known(catalog: "psycopg.Connection[Any]", names: list[str]) -> bool:
    """Tell whether the lake, if there is one, or an old snapshot of it has such schemas."""
    row = catalog.execute("select to_regclass('ducklake_schema') is not null").fetchone()
    found = catalog.execute(KNOWN, (names,)).fetchone() if row and row[0] else None
    return bool(found and found[0])


def ask(query: str, env: Mapping[str, str]) -> None:
    """Print the lake's answer to a query.

    Raises:
        SettingsError: `LAKE_CATALOG_URL` is missing or is no URL.
        LakeError: The lake's environment was not made.
        StageFailedError: The lake cannot be opened, or refuses the query.
    """
    _run_catalog({**env, **LakeSettings.from_env(env).variables()}, query)


@contextmanager
def _locks(settings: LakeSettings) -> Iterator["psycopg.Connection[Any]"]:
    """Connect to the catalog's database, whose session holds the locks."""
    try:
        with psycopg.connect(settings.catalog_url, autocommit=True) as connection:
            yield connection
    except psycopg.Error as error:
        raise LakeError(f"the lake's catalog cannot be used: {_first_line(error)}") from error


def _claim(catalog: "psycopg.Connection[Any]", account: Account) -> None:
    if not _lock(catalog, "pg_try_advisory_lock", f"{LAKE} {account.account}"):
        raise LakeError(f"account {account.account} is being published by another process")


def _unite(catalog: "psycopg.Connection[Any]", env: Mapping[str, str]) -> None:
    """Make the lake, or its views over all accounts; two processes at once would be in conflict."""
    _lock(catalog, "pg_advisory_lock", LAKE)
    _run_catalog(env)
    _lock(catalog, "pg_advisory_unlock", LAKE)


def _lock(catalog: "psycopg.Connection[Any]", function: LiteralString, name: str) -> Any:
    row = catalog.execute(f"select {function}(hashtextextended(%s, 0))", (name,)).fetchone()
    return row[0] if row else None


def _run_catalog(env: Mapping[str, str], *arguments: str) -> None:
    problem = run_child(
        "lake", [program("python"), "-m", "loaders.transform.lake.catalog", *arguments], env
    )
    if problem is not None:
        raise StageFailedError("lake", problem.exit_code, problem.message)


def copy_staged(source: Path, target: Path) -> None:
    """Copy what was staged, and read back, to a file that the lake's older DuckDB can open.

    Raises:
        WarehouseError: The staging file is absent, or cannot be read or written.
    """
    if not source.exists():
        raise WarehouseError(source, "there is none; run `make ingest`")
    target.parent.mkdir(mode=0o700, exist_ok=True)
    _remove_copy(target.parent)
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {_literal(source)} as warehouse (read_only)")
            connection.execute(
                f"attach {_literal(target)} as staging (storage_version '{STORAGE_VERSION}')"
            )
            for schema, table in connection.execute(STAGED).fetchall():
                name = f'"{schema}"."{table}"'
                connection.execute(f'create schema if not exists staging."{schema}"')
                connection.execute(f"create table staging.{name} as from warehouse.{name}")
    except duckdb.Error as error:
        raise WarehouseError(source, _first_line(error)) from error


def _remove_copy(folder: Path) -> None:
    """Remove the copy, which holds personal data, and what a killed process left beside it."""
    for path in folder.glob("staging.duckdb*"):
        path.unlink()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
