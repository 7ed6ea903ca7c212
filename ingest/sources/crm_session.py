"""One read-only PostgreSQL session by ADBC: Arrow all the way (rules: source, extract).

Any pool may lie between: what must hold travels in the transaction, and nothing is left on a
connection for its next client. So each question is a transaction of its own, and its values stand
in the statement, quoted: ADBC copies in binary only what has no parameters, and a variable of the
session would be another client's in a pool.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import adbc_driver_postgresql.dbapi as postgresql
import pyarrow as pa
from psycopg import sql

from ingest.shared.addresses import place_of
from ingest.shared.crm_faults import describe_fault, is_cut_short
from ingest.shared.errors import CrmError
from ingest.shared.retry import Say, describe_wait, retry
from ingest.shared.silence import STATEMENT_S, each_in_time, end_silence, leave

BATCHES = {"adbc.postgresql.batch_size_hint_bytes": str(4 * 1024 * 1024)}  # some wait in memory
CONNECT_OPTIONS = {
    "connect_timeout": "10",
    "application_name": "crm_activity_migration",
    "client_encoding": "UTF8",  # a pool keeps this one apart for each client
    "keepalives_idle": "30",
    "keepalives_interval": "10",
}
OF_A_TRANSACTION = (
    "set transaction read only",
    "set local timezone = 'UTC'",
    "set local client_encoding = 'UTF8'",
    "set local row_security = off",  # a policy would hide rows from every count alike: refuse
)
DID_NOT_ANSWER = "the CRM (CRM_AUDIT_DATABASE_URL) did not answer a query: {}"
FIRST_S = 120.0  # a server that never answered may have another address
T = TypeVar("T")


class Session:
    """A session that cannot write, opened anew when it is lost. Made by `Session.opened`.

    Args:
        url: Where PostgreSQL is.
        patience_s: For so long a passing fault is waited for.
        statement_s: So long a statement may take, and its server be silent.
        say: Told what is waited for.
    """

    def __init__(self, url: str, patience_s: float, statement_s: int, say: Say) -> None:
        self._patience_s, self._statement_s = patience_s, statement_s
        self._url, self._say = url, say
        self._in_time = partial(end_silence, statement_s, leave)
        self._connection: Any = None
        self._is_in_transaction = self._is_snapshot = self._has_answered = False

    @classmethod
    @contextmanager
    def opened(
        cls,
        url: str,
        *,
        patience_s: float = 0,
        statement_s: int = STATEMENT_S,
        say: Say = lambda _line: None,
    ) -> Iterator[Self]:
        """Open a session, and prove that it is read-only.

        Raises:
            CrmError: The server cannot be reached, or the session is not read-only.
        """
        session = cls(url, patience_s, statement_s, say)
        try:
            if not session.is_read_only():
                raise CrmError("the CRM session is not read-only (CRM_AUDIT_DATABASE_URL)")
            yield session
        finally:
            session.close()

    def is_read_only(self) -> bool:
        """Ask PostgreSQL whether this session refuses to write."""
        rows = self.rows("select current_setting('transaction_read_only') as setting")
        return bool(rows[0]["setting"] == "on")

    def retry(self, act: Callable[[], T]) -> T:
        """Do what only asks, again on a new connection after a passing fault.

        Within a snapshot nothing is done again: the whole of it is the caller's to repeat.
        """
        if self._is_snapshot:
            return act()
        limit_s = self._patience_s if self._has_answered else min(self._patience_s, FIRST_S)
        return retry(act, limit_s=limit_s, tell=lambda *wait: self._say(describe_wait(*wait)))

    def resumed(
        self, page_after: Callable[[int], Iterator[pa.Table]], after: int
    ) -> Iterator[pa.Table]:
        """Yield page after page by id until one is empty; a passing fault repeats nothing."""
        last, page, is_empty = after, page_after(after), True

        def next_rows() -> pa.Table | None:
            nonlocal page
            try:
                return next(page, None)
            except CrmError:
                page = page_after(last)
                raise

        while True:
            if (rows := self.retry(next_rows)) is not None:
                last, is_empty = rows["id"][-1].as_py(), False
                yield rows
            elif is_empty:
                return
            else:
                page, is_empty = page_after(last), True

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See one unchanging state of the database until the block ends."""
        self._is_snapshot = True
        try:
            with self._transaction("set transaction isolation level repeatable read"):
                yield
        finally:
            self._is_snapshot = False

    def execute(self, statement: str) -> None:
        """Run a statement that answers nothing."""
        with self._transaction():
            self._run(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the few rows of a query as dictionaries."""

        def ask() -> list[dict[str, Any]]:
            with self._transaction(), self._cursor() as cursor, self._in_time():
                cursor.execute(query)
                return list(cursor.fetch_arrow_table().to_pylist())

        return self.retry(ask)

    def plan(self, query: str) -> dict[str, Any]:
        """Run a query for its plan: the top node of ``explain (analyze, buffers)``."""
        with self._transaction(), self._cursor() as cursor, self._in_time():
            cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
            cursor.execute(f"explain (analyze, buffers, verbose, format json) {query}")
            [[explained]] = [row.values() for row in cursor.fetch_arrow_table().to_pylist()]
        return dict(json.loads(explained)[0])

    def stream(self, query: str) -> Iterator[pa.Table]:
        """Yield the many rows of a query as small Arrow tables."""
        with self._transaction(), self._cursor() as cursor:
            cursor.adbc_statement.set_options(**BATCHES)
            with self._in_time():
                cursor.execute(query)
            for batch in each_in_time(cursor.fetch_record_batch(), self._in_time):
                yield pa.Table.from_batches([batch])

    def table(self, query: str, schema: pa.Schema) -> pa.Table:
        """Return the rows of a query as one Arrow table of the given schema."""

        def ask() -> pa.Table:
            parts = [part.cast(schema) for part in self.stream(query)]
            return pa.concat_tables([schema.empty_table(), *parts])

        return self.retry(ask)

    @contextmanager
    def _transaction(self, *more: str) -> Iterator[None]:
        """Ask within one transaction; an open one is joined."""
        if self._is_in_transaction:
            yield
            return
        self._connect()
        self._is_in_transaction = True
        try:
            with _translated():
                self._connection.adbc_connection.set_autocommit(False)
            time_out = f"set local statement_timeout = '{self._statement_s}s'"
            for statement in (*more, *OF_A_TRANSACTION, time_out):
                self._run(statement)
            yield
            with _translated():
                self._connection.adbc_connection.set_autocommit(True)
        except BaseException:
            self.close()  # whatever it left goes with its connection
            raise
        finally:
            self._is_in_transaction = False

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        with _translated(), self._connection.cursor() as cursor:
            yield cursor

    def _run(self, statement: str) -> None:
        with self._cursor() as cursor, self._in_time():
            cursor.execute(statement)

    def _connect(self) -> None:
        if self._connection is None:
            with _translated(partial(_cannot_connect, self._url)):
                self._connection = postgresql.connect(_with_options(self._url), autocommit=True)
            self._has_answered = True

    def close(self) -> None:
        """Give the connection back; the next question opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def literal(value: int | str | Sequence[str] | Sequence[int]) -> str:
    """Return a value as SQL writes it, quoted; a sequence is an array's text."""
    return sql.Literal(value if isinstance(value, int | str) else list(value)).as_string(None)


def _cannot_connect(url: str, said: str) -> str:
    return f"cannot connect to the CRM at {place_of(url)}: {said}; check CRM_AUDIT_DATABASE_URL"


def _with_options(url: str) -> str:
    """Add what the URL does not say itself."""
    parts = urlsplit(url)
    added = [f"{name}={value}" for name, value in CONNECT_OPTIONS.items() if name not in url]
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, *added]))))


@contextmanager
def _translated(describe: Callable[[str], str] = DID_NOT_ANSWER.format) -> Iterator[None]:
    """Raise what the driver raises as our error, in the words that tell where it happened."""
    try:
        yield
    except (postgresql.Error, pa.ArrowException, OSError) as error:
        fault = getattr(error, "sqlstate", None), str(error)
        said, is_passing = describe_fault(*fault)
        raise CrmError(
            describe(said), is_passing=is_passing, is_cut_short=is_cut_short(*fault)
        ) from error
