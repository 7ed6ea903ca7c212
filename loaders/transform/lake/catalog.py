"""Opens the lake: `python -m loaders.transform.lake.catalog`, in the lake's own environment.

With a query as its argument it shows the answer. Without one it makes the lake where there is
none, and the views over all accounts: a table ``demo_small_marts.activity_logs`` is a part of
``marts.activity_logs``, and so on. ``withdraw demo-small`` takes an account out. One process at a
time may do either. Of this project it needs nothing, of other packages only DuckDB.
"""

import io
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout

import duckdb

LAYERS = ("marts", "reconciliation")
TABLES = """
    select table_schema, table_name
    from information_schema.tables
    where
        table_catalog = 'lake' and table_type = 'BASE TABLE'
        and not contains(table_name, '__dbt_') -- another process is replacing a table
    order by all
"""
VIEWS = """
    select table_schema, table_name
    from information_schema.tables
    where table_catalog = 'lake' and table_type = 'VIEW'
"""
# Every snapshot but the newest is forgotten, then the files and rows that only those hold.
FORGET = """
    call ducklake_expire_snapshots('lake', older_than => timestamptz '9999-12-31');
    call ducklake_cleanup_old_files('lake', cleanup_all => true);
"""
SHOWN_ROWS = 1_000


def schemas(account: str) -> list[str]:
    """Return the names of the account's schemas."""
    return [f"{account.replace('-', '_')}_{layer}" for layer in LAYERS]


@contextmanager
def opened(option: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach the lake that `LakeSettings.variables` names as ``lake``, with an option."""
    with duckdb.connect() as connection:
        for extension in ("LAKE_DUCKLAKE", "LAKE_POSTGRES_SCANNER"):
            connection.load_extension(os.environ[extension])
        path = _literal("ducklake:postgres:" + os.environ["LAKE_CATALOG"])
        connection.execute(f"attach {path} as lake ({option})")
        yield connection


def unite(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views over all accounts anew, with the account's name as their first column."""
    tables: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for schema, table in connection.execute(TABLES).fetchall():
        prefix, _, layer = schema.rpartition("_")
        if prefix and layer in LAYERS:
            tables[layer, table][prefix.replace("_", "-")] = f'lake."{schema}"."{table}"'
    connection.begin()
    for schema, view in connection.execute(VIEWS).fetchall():
        if (schema, view) not in tables:
            connection.execute(f'drop view lake."{schema}"."{view}"')
    for (layer, table), parts in tables.items():
        union = " union all by name ".join(
            f"select {_literal(account)} as account, * from {part}"  # noqa: S608 - names of the lake # nosec B608
            for account, part in parts.items()
        )
        connection.execute(f"create schema if not exists lake.{layer}")
        connection.execute(f'create or replace view lake.{layer}."{table}" as {union}')
    connection.commit()


def withdraw(connection: duckdb.DuckDBPyConnection, account: str) -> None:
    """Take an account out of the lake: its tables, and what older snapshots hold of them."""
    for schema in schemas(account):
        connection.execute(f'drop schema if exists lake."{schema}" cascade')
    unite(connection)
    connection.execute(FORGET)


def show(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Print the answer to one `select` as a table; it reads the lake's files and no other.

    Raises:
        InvalidInputException: It is something else.
    """
    statements = connection.extract_statements(query)
    if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
        raise duckdb.InvalidInputException("one `select` is needed; nothing else is let through")
    folder = _literal(os.environ["LAKE_DATA_PATH"])
    connection.execute(f"set allowed_directories = [{folder}]")
    connection.execute("set enable_external_access = false; set lock_configuration = true")
    shown = io.StringIO()
    with redirect_stdout(shown):
        connection.sql(query).show(max_rows=SHOWN_ROWS)
    sys.stdout.write(
        "".join(
            each if _is_shown(each) else "\N{REPLACEMENT CHARACTER}" for each in shown.getvalue()
        )
    )


def _is_shown(letter: str) -> bool:
    """Tell whether a terminal shows a letter and obeys nothing of it."""
    return letter.isprintable() or letter == "\n"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def main(arguments: list[str]) -> None:
    """Answer the query, withdraw an account, or make the views; an error is one line."""
    try:
        match arguments:
            case [query]:
                with opened("read_only") as connection:
                    show(connection, query)
            case ["withdraw", account]:
                with _writable() as connection:
                    withdraw(connection, account)
            case _:
                with _writable() as connection:
                    unite(connection)
    except duckdb.Error as error:
        sys.stderr.write(f"error: the lake: {' '.join(str(error).split())}\n")
        sys.exit(1)


def _writable() -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    return opened(f"data_path {_literal(os.environ['LAKE_DATA_PATH'])}")


if __name__ == "__main__":
    main(sys.argv[1:])
