"""One read-only PostgreSQL session by ADBC: Arrow all the way (rules: source, extract).

Every value reaches PostgreSQL as a bound parameter. ADBC copies in binary only what has no
parameters, twice as fast as what has them. So values are bound into session variables
(``set_config``), and the queries that read many rows read those.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import adbc_driver_postgresql.dbapi as postgresql
import pyarrow as pa

from ingest.shared.errors import CrmError

CONNECT_OPTIONS = {"connect_timeout": "10", "application_name": "crm_activity_migration"}
KNOWN_FAULTS = (
    "Connection refused",
    "could not translate host name",
    "timeout expired",
    "server closed the connection unexpectedly",
    "no password supplied",
)


class Session:
    """A session that cannot write. Made by `Session.opened`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def opened(cls, url: str) -> Iterator[Self]:
        """Open a session, make it read-only and prove that it is (rule: source).

        Raises:
            CrmError: The server cannot be reached, or the session is not read-only.
        """
        with _connecting(url):
            connection = postgresql.connect(_with_options(url), autocommit=True)
        try:
            session = cls(connection)
            session.execute("set default_transaction_read_only = on")
            session.execute("set timezone = 'UTC'")
            if not session.is_read_only():
                raise CrmError("the CRM session is not read-only (CRM_AUDIT_DATABASE_URL)")
            yield session
        finally:
            connection.close()

    def is_read_only(self) -> bool:
        """Ask PostgreSQL whether this session refuses to write."""
        rows = self.rows("select current_setting('transaction_read_only') as setting")
        return bool(rows[0]["setting"] == "on")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See one unchanging state of the database until the block ends."""
        self.execute("set default_transaction_isolation = 'repeatable read'")
        self._connection.adbc_connection.set_autocommit(False)
        try:
            yield
        finally:
            with _translated():
                self._connection.adbc_connection.set_autocommit(True)

    def bind(self, name: str, value: str) -> None:
        """Set a session variable that queries read by `bound`."""
        self.rows(f"select set_config('crm_migration.{name}', $1, false)", (value,))

    def execute(self, statement: str) -> None:
        """Run a statement that answers nothing."""
        with _translated(), self._connection.cursor() as cursor:
            cursor.execute(statement)

    def rows(self, query: str, parameters: Sequence[object] | None = None) -> list[dict[str, Any]]:
        """Return the few rows of a query as dictionaries."""
        with _translated(), self._connection.cursor() as cursor:
            cursor.execute(query, parameters)
            rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return rows

    def plan(self, query: str) -> dict[str, Any]:
        """Run a query for its plan: the top node of ``explain (analyze, buffers)``."""
        with _translated(), self._connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
            cursor.execute(f"explain (analyze, buffers, verbose, format json) {query}")
            [[explained]] = [row.values() for row in cursor.fetch_arrow_table().to_pylist()]
        plan: dict[str, Any] = json.loads(explained)[0]
        return plan

    def stream(self, query: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Yield the many rows of a query as small Arrow tables of the given schema."""
        with _translated(), self._connection.cursor() as cursor:
            cursor.execute(query)
            for batch in cursor.fetch_record_batch():
                yield pa.Table.from_batches([batch]).cast(schema)

    def table(self, query: str, schema: pa.Schema) -> pa.Table:
        """Return the rows of a query as one Arrow table of the given schema."""
        return pa.concat_tables([schema.empty_table(), *self.stream(query, schema)])


def bound(name: str) -> str:
    """Return the SQL that reads what `Session.bind` set."""
    return f"current_setting('crm_migration.{name}')"


def _with_options(url: str) -> str:
    """Add what the URL does not say itself."""
    parts = urlsplit(url)
    added = [f"{name}={value}" for name, value in CONNECT_OPTIONS.items() if name not in url]
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, *added]))))


@contextmanager
def _connecting(url: str) -> Iterator[None]:
    try:
        yield
    except postgresql.Error as error:
        raise CrmError(
            f"cannot connect to the CRM at {_place(url)}: {_reason(error)}; "
            "check CRM_AUDIT_DATABASE_URL"
        ) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (postgresql.Error, pa.ArrowException, OSError) as error:
        raise CrmError(
            f"the CRM (CRM_AUDIT_DATABASE_URL) did not answer a query: {_reason(error)}"
        ) from error


def _place(url: str) -> str:
    """Say where a URL points, without user and password; nothing where it may be torn apart."""
    parts = urlsplit(url)
    rest = f"{parts.path}{parts.query}{parts.fragment}"
    return "its address" if "@" in rest else f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _reason(error: BaseException) -> str:
    """Take PostgreSQL's own words; the rest of the driver's text may quote the URL."""
    text = str(error).replace("\n", " ").strip()
    for mark in ("FATAL:", "ERROR:"):
        if mark in text:
            return text.rpartition(mark)[2].split(" LINE 1:")[0].split("Query was:")[0].strip()
    return next((words for words in KNOWN_FAULTS if words in text), "no usable answer")
