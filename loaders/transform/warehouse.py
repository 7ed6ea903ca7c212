"""The account's DuckDB file as the loading stage reads and fills it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.shared.duckdb_file import connect
from ingest.shared.duckdb_settings import duckdb_problem
from ingest.shared.errors import WarehouseError
from ingest.shared.long_texts import whole_texts

SHARE = 0.8  # of DuckDB's memory; those who make documents need some beside it
FILL_ROWS = 10_000
STREAM_ROWS = 2_000
ARROW_TO_SQL = {pa.int64(): "bigint", pa.bool_(): "boolean", pa.timestamp("us"): "timestamp"}


@dataclass(frozen=True, slots=True)
class Mart:
    """What the transform left for loading."""

    row_count: int
    outcome_count: int
    source_count: int
    last_audit_id: int | None
    cutoff: Any


@contextmanager
def opened_to_read(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an account's file so that nothing can be written, in it or beside it.

    Without external access DuckDB still lets a `copy` write to the file's own log, so that a
    caller has to refuse what is no `select` (`loaders.review.asked`).

    Args:
        folder: ``var/<account>``.

    Raises:
        WarehouseError: It is absent, or held by another process.
    """
    connection = connect(_present(folder), share=SHARE, read_only=True)
    try:
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"set {setting}")
        yield connection
    finally:
        connection.close()


class Warehouse:
    """One account's open DuckDB file. Made by `Warehouse.opened`."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, company_sso_id: str) -> Iterator["Warehouse"]:
        """Open an account's warehouse.

        Args:
            folder: ``var/<account>``.
            company_sso_id: The account that its marts must belong to.

        Raises:
            WarehouseError: It is absent, held by another process, incomplete or another account's,
                or it cannot be read or written in the block.
        """
        path = _present(folder)
        connection = connect(path, share=SHARE)
        try:
            warehouse = cls(path, connection)
            warehouse._check(company_sso_id)
            yield warehouse
        except duckdb.Error as error:
            raise WarehouseError(path, duckdb_problem(str(error))) from error
        finally:
            connection.close()

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Return the few rows of a query as dictionaries."""
        try:
            cursor = self._connection.cursor().execute(query, list(parameters))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            raise WarehouseError(self.path, duckdb_problem(str(error))) from error

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that answers nothing."""
        self.rows(statement, parameters)

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append Arrow rows to a table with the same columns."""
        cursor = self._connection.cursor()
        cursor.register("landed_rows", rows)
        cursor.execute(f"insert into {table} by name select * from landed_rows")  # noqa: S608 - our own names, no value # nosec B608
        cursor.unregister("landed_rows")

    def fill(self, table: str, rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> Iterator[int]:
        """Make a table anew of rows, in bounded memory; give the length of each part."""
        self.empty(table, schema)
        remaining = iter(rows)
        while part := list(islice(remaining, FILL_ROWS)):
            columns = map(pa.array, zip(*part, strict=True), schema.types)
            self.insert(table, pa.Table.from_arrays(list(columns), schema=schema))
            yield len(part)

    def empty(self, table: str, schema: pa.Schema) -> None:
        """Make a table anew, without rows."""
        self.execute(f"create or replace table {table} as {_none(schema)}")

    def mart(self) -> Mart:
        """Describe the mart."""
        found = self.rows("select count(*) as row_count from marts.activity_logs")[0]
        outcomes = self.rows(
            "select count(*) as outcome_count, max(audit_id) as last_audit_id "
            "from marts.audit_outcomes"
        )[0]
        extract = self.rows(
            "select source_count, cutoff from raw_crm.extracts order by extracted_at desc limit 1"
        )
        last = extract[0] if extract else {"source_count": 0, "cutoff": None}
        return Mart(
            row_count=found["row_count"],
            outcome_count=outcomes["outcome_count"],
            last_audit_id=outcomes["last_audit_id"],
            source_count=last["source_count"],
            cutoff=last["cutoff"],
        )

    def fingerprint(self) -> str:
        """Hash the mart: a resumed job goes on only in one of the same rows."""
        query = (
            "select count(*) || ':' || coalesce(bit_xor(hash(logs)), 0) as fingerprint "
            "from marts.activity_logs as logs"
        )
        return str(self.rows(query)[0]["fingerprint"])

    def arrow_batches(self, query: str, parameters: Sequence[Any]) -> Iterator[pa.RecordBatch]:
        """Stream a query's rows."""
        found = self._connection.cursor().sql(query, params=tuple(parameters))
        reader: Any = found.to_arrow_reader(STREAM_ROWS)
        yield from reader

    def table(self, query: str, parameters: Mapping[str, Any]) -> pa.Table:
        """Return the rows of a query as one Arrow table."""
        return self._connection.cursor().sql(query, params=dict(parameters)).to_arrow_table()

    def long_texts(self, query: str, audit_ids: Collection[int]) -> dict[int, dict[str, bytes]]:
        """Return what has left the rows of a few audits, by their id and by place.

        Args:
            query: The pieces of all audits.
            audit_ids: The audits.
        """
        wanted = f"from ({query}) where audit_id in (select unnest($ids::bigint[]))"
        return whole_texts(self.table(wanted, {"ids": list(audit_ids)}))

    def _check(self, company_sso_id: str) -> None:
        found = self.rows(
            "select table_schema || '.' || table_name as name from information_schema.tables "
            "where table_schema in ('marts', 'readback')"
        )
        needed = {"marts.activity_logs", "marts.audit_outcomes", "readback.load_failures"}
        if not needed <= {row["name"] for row in found}:
            raise WarehouseError(self.path, "it holds no marts yet; run `make transform`")
        others = self.rows(
            "select distinct company_sso_id from marts.audit_outcomes where company_sso_id <> ?",
            (company_sso_id,),
        )
        if others:
            raise WarehouseError(self.path, "its marts belong to another account")


def _none(schema: pa.Schema) -> str:
    columns = (
        f"null::{ARROW_TO_SQL.get(column.type, 'varchar')} as {column.name}" for column in schema
    )
    return f"select {', '.join(columns)} limit 0"


def _present(folder: Path) -> Path:
    path = folder / "staging.duckdb"
    if not path.exists():
        raise WarehouseError(path, "there is none; run `make ingest` and `make transform`")
    return path
