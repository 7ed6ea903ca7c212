"""The account's DuckDB file as the ingest stage reads it: the warehouse is the state.

What was landed says where to go on; no cursor is kept elsewhere that could run ahead of the data.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.shared.crm_columns import LONG, TIME
from ingest.shared.duckdb_file import connect
from ingest.shared.duckdb_settings import duckdb_problem
from ingest.shared.errors import WarehouseError

SHARE = 0.35
"""The stage's connections leave the rest to what is read from the CRM, and to who reads texts."""

ACCOUNTS = """
    create schema if not exists raw_crm;
    create table if not exists raw_crm.accounts (account varchar);
"""
USMAN_CALLS = """
    create schema if not exists metrics;
    create table if not exists metrics.usman_calls (
        called_at timestamp, call_count bigint, error_count bigint);
"""

UNFINISHED_ANSWERS = """
    delete from raw_usman.users
        where email not in (select email from raw_usman.lookups);
    delete from raw_usman.lookups
        where found and email not in (select email from raw_usman.users);
"""
EXTRACT_NOTED = """
    create table if not exists raw_crm.extracts as select * from finished limit 0;
    insert into raw_crm.extracts by name
    select * replace (
        greatest(
            extracted_at, (select max(extracted_at) from raw_crm.extracts) + interval 1 microsecond
        ) as extracted_at
    )
    from finished;
"""
EXTRACTS = pa.schema(
    [
        ("extracted_at", TIME),
        ("cutoff", TIME),
        ("date_range_start", TIME),
        ("source_count", LONG),
        ("max_id", LONG),
        ("staged_count", LONG),
        ("late_count", LONG),
        ("changed_count", LONG),
        ("gone_count", LONG),
    ]
)


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One account's private folder and the DuckDB file in it."""

    folder: Path

    @classmethod
    def of(cls, var_dir: Path, account: str) -> "Warehouse":
        """Return an account's warehouse, its folder made private (rule: security)."""
        folder = var_dir / account
        for private in (var_dir, folder):
            private.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # although somebody made it before, open to others
        return cls(folder)

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self.folder / "staging.duckdb"

    @contextmanager
    def connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file; only one process can.

        Raises:
            WarehouseError: Another process has it open, it is no DuckDB file, or the block's
                statements find no memory or no disk.
        """
        connection = connect(self.path, share=SHARE)
        try:
            yield connection
        except duckdb.Error as error:
            raise unusable(self.path, error) from error
        finally:
            connection.close()

    def claim(self, account: str) -> None:
        """Write into the file whose it is: dbt reads it there.

        Raises:
            WarehouseError: It is another account's.
        """
        with self.connected() as connection:
            connection.execute(ACCOUNTS)
            owners = [name for (name,) in connection.sql("from raw_crm.accounts").fetchall()]
            if not owners:
                connection.execute("insert into raw_crm.accounts values (?)", (account,))
            elif owners != [account]:
                raise WarehouseError(self.path, f"it is of the account {', '.join(owners)}")

    def max_audit_id(self) -> int | None:
        """Return the largest staged audit's id: where the copy goes on."""
        found = self._rows("raw_crm.audits", "select max(id) from raw_crm.audits")
        return found[0][0] if found else None

    def audit_count(self) -> int:
        """Count the staged audits."""
        found = self._rows("raw_crm.audits", "select count(*) from raw_crm.audits")
        return int(found[0][0]) if found else 0

    def actor_ids(self, user_types: Sequence[str]) -> list[int]:
        """Return the ids of the CRM users that staged audits name."""
        query = (
            "select distinct user_id from raw_crm.audits "
            "where list_contains(?, user_type) and user_id is not null order by user_id"
        )
        return [row[0] for row in self._rows("raw_crm.audits", query, list(user_types))]

    def unasked_emails(self, user_types: Sequence[str]) -> list[str]:
        """Return the e-mails of acting users that USMAN was not asked for yet, lower case."""
        asked = "select email from raw_usman.lookups"
        if not self.has("raw_usman.lookups"):
            asked = "select null::varchar as email where false"
        query = (
            "select distinct lower(trim(users.email)) as email from raw_crm.users "  # noqa: S608 - our own names, no value # nosec B608
            "semi join raw_crm.audits "
            "on users.id = audits.user_id and list_contains(?, audits.user_type) "
            f"anti join ({asked}) as asked on lower(trim(users.email)) = asked.email "
            "where trim(users.email) <> '' order by email"
        )
        return [row[0] for row in self._rows("raw_crm.users", query, list(user_types))]

    def drop_unfinished_answers(self) -> None:
        """Delete a user without its lookup, and a lookup without the user that it found.

        A killed process left the one or the other: the e-mail is asked again.
        """
        if self.has("raw_usman.users") and self.has("raw_usman.lookups"):
            with self.connected() as connection:
                connection.execute(UNFINISHED_ANSWERS)

    def note_extract(self, row: pa.Table) -> None:
        """Note a finished extract: one row of `EXTRACTS`, the last one whatever the clock says."""
        with self.connected() as connection:
            connection.register("finished", row)
            connection.execute(EXTRACT_NOTED)

    def note_usman_calls(self, call_count: int, error_count: int) -> None:
        """Note how often USMAN was asked and how often in vain, for the metrics."""
        if call_count:
            with self.connected() as connection:
                connection.execute(USMAN_CALLS)
                connection.execute(
                    "insert into metrics.usman_calls values (?, ?, ?)",
                    (datetime.now(UTC).replace(tzinfo=None), call_count, error_count),
                )

    def has(self, table: str) -> bool:
        """Tell whether a table, written ``schema.name``, has landed."""
        with self.connected() as connection:
            return _has(connection, table)

    def _rows(self, table: str, query: str, *values: Any) -> list[Any]:
        with self.connected() as connection:
            return connection.execute(query, values).fetchall() if _has(connection, table) else []


def unusable(path: Path, error: Exception) -> WarehouseError:
    """Say in one line why the file cannot be used."""
    return WarehouseError(path, duckdb_problem(str(error)))


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    schema, _, name = table.partition(".")
    found = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
        (schema, name),
    ).fetchall()
    return bool(found[0][0])
