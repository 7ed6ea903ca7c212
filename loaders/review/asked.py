"""Answers an analyst's own SQL over an account's file, and writes nothing (rule: security)."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import duckdb

from ingest.shared.duckdb_settings import duckdb_problem
from ingest.shared.errors import UsageError
from ingest.shared.text import printable
from loaders.review.csv_files import write_csv
from loaders.transform.warehouse import opened_to_read

MOST_ROWS, CELL_WIDTH, PART_ROWS = 200, 60, 2_000


def print_answer(folder: Path, query: str, width: int) -> str:
    """Return the answer to a query as a table: its first rows, each cell cut to a width.

    Args:
        folder: ``var/<account>``.
        query: One `select`; `from`, `with`, `describe`, `show` and `summarize` are such.
        width: How wide the table may be.

    Raises:
        UsageError: It is something else, or DuckDB refuses it.
        WarehouseError: The file is absent, or held by another process.
    """
    shown = io.StringIO()
    with opened_to_read(folder) as connection, _in_one_line(), redirect_stdout(shown):
        connection.sql(_selecting(connection, query)).show(
            max_width=width, max_rows=MOST_ROWS, max_col_width=CELL_WIDTH
        )
    return printable(shown.getvalue().rstrip("\n"))


def write_answer(folder: Path, query: str, path: Path) -> int:
    """Write the whole answer to a query to a CSV file; return how many rows it has.

    Raises:
        UsageError: As above, or the file cannot be written.
        WarehouseError: As above.
    """
    with opened_to_read(folder) as connection, _in_one_line():
        reader: Any = connection.sql(_selecting(connection, query)).to_arrow_reader(PART_ROWS)
        return write_csv(path, reader.schema, reader)


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Tell what DuckDB refuses in one line."""
    try:
        yield
    except duckdb.Error as error:
        raise UsageError(f"the query: {duckdb_problem(str(error))}") from error


def _selecting(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    statements = connection.extract_statements(query)
    if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
        raise UsageError("the query: one `select` is needed; nothing else is let through")
    return query
