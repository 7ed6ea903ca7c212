"""The parser inside DuckDB, as dbt's connections see it (spec §8.1)."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from dbt.adapters.duckdb.plugins import BasePlugin

from ingest.audited_yaml import parse

MODULE = "ingest.audited_yaml.duckdb_functions"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database whose plugin was made as dbt-duckdb makes it, from the module's name."""
    with duckdb.connect() as connection:
        BasePlugin.create(MODULE).configure_connection(connection)
        yield connection


def test_a_document_becomes_a_struct(connection: duckdb.DuckDBPyConnection) -> None:
    """The value is JSON text, and the parser is told."""
    row = connection.execute(r"select parse_changes(e'---\na: :b\n')").fetchone()
    assert row == ({"value": '{"a":"b"}', "parser": "yaml", "error": None, "unknown_tags": []},)


def test_null_gives_nulls(connection: duckdb.DuckDBPyConnection) -> None:
    """A row without changes is handed to the parser, too."""
    row = connection.execute("select parse_changes(null::varchar)").fetchone()
    assert row == ({"value": None, "parser": "none", "error": None, "unknown_tags": []},)


def test_a_bad_text_is_an_error_of_its_row(connection: duckdb.DuckDBPyConnection) -> None:
    """The query goes on; the row carries the parser's message."""
    row = connection.execute("select parse_changes('[')").fetchone()
    assert row is not None
    assert row[0]["value"] is None
    assert "did not find expected node content" in row[0]["error"]


def test_many_rows_on_two_threads_keep_their_order(connection: duckdb.DuckDBPyConnection) -> None:
    """Batches of several threads come back row by row, through cursors as well."""
    connection.execute("set threads = 2")
    texts = pa.table({"id": range(30_000), "text": [f"---\nn: {n}\n" for n in range(30_000)]})
    cursor = connection.cursor()
    cursor.register("texts", texts)
    wrong = cursor.execute(
        "select count(*) from texts where parse_changes(text).value <> '{\"n\":' || id || '}'"
    ).fetchone()
    assert wrong == (0,)


def test_the_function_equals_the_parser(connection: duckdb.DuckDBPyConnection) -> None:
    """The SQL function adds nothing to `parse`."""
    for text in ("--- {}", "- 1.0e-07", '{"a": 1}', "*x", "- !unheard a"):
        row = connection.execute("select parse_changes(?)", [text]).fetchone()
        parsed = parse(text)
        assert row is not None
        assert row[0] == {
            "value": parsed.value_json,
            "parser": parsed.parser,
            "error": parsed.error,
            "unknown_tags": list(parsed.unknown_tags),
        }
