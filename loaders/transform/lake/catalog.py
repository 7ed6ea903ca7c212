"""Opens the lake: `python -m loaders.transform.lake.catalog [SQL]`, in the lake's own environment.

Without a query it makes the lake where there is none, and the views over all accounts: a table
``demo_small_marts.activity_logs`` is a part of ``marts.activity_logs``, and so on. One process
at a time may do so. Of this project it needs nothing, of other packages only DuckDB.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

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
SHOWN_ROWS = 1_000


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
            f"select {_literal(account)} as account, * from {part}"  # noqa: S608 - names of the lake
            for account, part in parts.items()
        )
        connection.execute(f"create schema if not exists lake.{layer}")
        connection.execute(f'create or replace view lake.{layer}."{table}" as {union}')
    connection.commit()


def show(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Print the answer to a query as a table."""
    answer = connection.sql(query)
    if answer is not None:
        answer.show(max_rows=SHOWN_ROWS)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def main(queries: list[str]) -> None:
    """Answer the queries, or make the lake and its views; an error is one line."""
    try:
        if queries:
            with opened("read_only") as connection:
                for query in queries:
                    show(connection, query)
        else:
            with opened(f"data_path {_literal(os.environ['LAKE_DATA_PATH'])}") as connection:
                unite(connection)
    except duckdb.Error as error:
        sys.stderr.write(f"error: the lake: {' '.join(str(error).split())}\n")
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
