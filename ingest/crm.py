"""Reads the CRM: one read-only PostgreSQL session, Arrow all the way (spec §2, §7).

Every value reaches PostgreSQL as a bound parameter. The page query is the exception that needs a
detour: ADBC copies in binary only what has no parameters, twice as fast as what has them. So its
parameters are bound into session variables (``set_config``), and the query reads those.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import adbc_driver_postgresql.dbapi as postgresql
import pyarrow as pa

from ingest.accounts import Account
from ingest.errors import CrmError
from ingest.settings import Settings
from ingest.tables import AUDIT_COUNTS, AUDITS, TEXT, TIME, USERS

PAGE_ROWS = 50_000
BUCKET_BITS = 14
POSTGRES_TYPES = {"int64": "bigint", "int32": "int", "string": "text"}


@dataclass(frozen=True, slots=True)
class BucketSum:
    """What one bucket of ids holds: a count and a sum over the md5 of every row."""

    audit_count: int
    checksum: str


class Crm:
    """The CRM as one account sees it. Made by `Crm.opened`.

    Args:
        connection: An ADBC connection whose session is read-only.
        settings: Names of the relations and of the tenant column.
        account: The account whose rows are read.
        types: The mapped auditable types: those in scope.
    """

    def __init__(
        self, connection: Any, settings: Settings, account: Account, types: Sequence[str]
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._account = account
        self._types = types

    @classmethod
    @contextmanager
    def opened(cls, settings: Settings, account: Account, types: Sequence[str]) -> Iterator[Self]:
        """Open a session, make it read-only and prove that it is (spec §2).

        Raises:
            CrmError: The server cannot be reached, or the session is not read-only.
        """
        with _connected(settings.crm_url) as connection:
            crm = cls(connection, settings, account, types)
            crm.execute("set default_transaction_read_only = on")
            crm.execute("set timezone = 'UTC'")
            if not crm.is_read_only():
                raise CrmError("the CRM session is not read-only (CRM_AUDIT_DATABASE_URL)")
            crm._bind("tenant", str(account.crm_organization_id))
            crm._bind("types", _array(types))
            yield crm

    def is_read_only(self) -> bool:
        """Ask PostgreSQL whether this session could write."""
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
            self._connection.rollback()
            self._connection.adbc_connection.set_autocommit(True)

    def cutoff(self, date_range_start: datetime | None) -> datetime | None:
        """Return where the scope starts and keep to it from now on (spec §7).

        That is the given start, else the account's earliest time; none without any audit.
        """
        earliest = self.rows(
            f"select min(created_at)::timestamp as earliest from {self._audits} "  # noqa: S608
            f"where {self._tenant} and isfinite(created_at)"
        )[0]["earliest"]
        cutoff: datetime | None = date_range_start or earliest
        self._bind("cutoff", cutoff.isoformat() if cutoff else "")
        return cutoff

    def count_after(self, audit_id: int) -> int:
        """Count the audits in scope whose id is larger."""
        self._bind("after", str(audit_id))
        rows = self.rows(
            f"select count(*) as audit_count from {self._audits} "  # noqa: S608
            f"where {self._scope} and id > {_bound('after')}::bigint"
        )
        return int(rows[0]["audit_count"])

    def page(self, after: int, rows: int = PAGE_ROWS) -> Iterator[pa.Table]:
        """Yield the next audits in scope by id, at most ``rows``, as small Arrow tables."""
        self._bind("after", str(after))
        self._bind("rows", str(rows))
        yield from self._stream(
            f"select {self._audit_columns} from {self._audits} "  # noqa: S608
            f"where {self._scope} and id > {_bound('after')}::bigint "
            f"order by id limit {_bound('rows')}::bigint",
            AUDITS,
        )

    def audits_between(self, first: int, last: int) -> pa.Table:
        """Return the audits in scope with ``first <= id <= last``."""
        self._bind("first", str(first))
        self._bind("last", str(last))
        query = (
            f"select {self._audit_columns} from {self._audits} "  # noqa: S608
            f"where {self._scope} and id between {_bound('first')}::bigint "
            f"and {_bound('last')}::bigint order by id"
        )
        return pa.concat_tables([AUDITS.empty_table(), *self._stream(query, AUDITS)])

    def bucket_sums(self) -> dict[int, BucketSum]:
        """Count and sum every bucket of the audits in scope, in PostgreSQL."""
        row_text = " || chr(31) || ".join(_text_of(column) for column in AUDITS)
        rows = self.rows(
            f"select id >> {BUCKET_BITS} as bucket, count(*) as audit_count, "  # noqa: S608
            f"sum(('x' || left(md5(convert_to({row_text}, 'UTF8')), 15))::bit(60)::bigint)::text "
            f"as checksum from (select {self._audit_columns} from {self._audits} "
            f"where {self._scope}) as audits group by 1"
        )
        return {row["bucket"]: BucketSum(row["audit_count"], row["checksum"]) for row in rows}

    def audit_counts(self) -> pa.Table:
        """Count all audits of the account, in scope or not, by type, action and month."""
        query = (
            "select auditable_type::text as auditable_type, action::text as action, "  # noqa: S608
            "case when isfinite(created_at) then date_trunc('month', created_at)::date end "
            f"as month, coalesce({self._scope}, false) as is_in_scope, "
            f"count(*)::bigint as audit_count from {self._audits} "
            f"where {self._tenant} group by 1, 2, 3, 4"
        )
        return pa.concat_tables([AUDIT_COUNTS.empty_table(), *self._stream(query, AUDIT_COUNTS)])

    def users(self, actor_ids: Sequence[int]) -> pa.Table:
        """Return the organization's users and every other one of the given ids (spec §7)."""
        self._bind("actors", _array(map(str, actor_ids)))
        columns = self._columns(USERS)
        query = (
            f"select {columns} from {self._settings.users_relation} "  # noqa: S608
            f"where {self._tenant} or id = any({_bound('actors')}::bigint[])"
        )
        return pa.concat_tables([USERS.empty_table(), *self._stream(query, USERS)])

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

    def _stream(self, query: str, schema: pa.Schema) -> Iterator[pa.Table]:
        with _translated(), self._connection.cursor() as cursor:
            cursor.execute(query)
            for batch in cursor.fetch_record_batch():
                yield pa.Table.from_batches([batch]).cast(schema)

    def _bind(self, name: str, value: str) -> None:
        self.rows(f"select set_config('crm_migration.{name}', $1, false)", (value,))

    @property
    def _audits(self) -> str:
        return self._settings.audits_relation

    @property
    def _audit_columns(self) -> str:
        return self._columns(AUDITS)

    def _columns(self, schema: pa.Schema) -> str:
        return ", ".join(self._column(column) for column in schema)

    def _column(self, column: pa.Field) -> str:
        source = f'"{column.name}"'
        if column.name == "organization_id":
            source = self._settings.tenant_column or f"{_bound('tenant')}"
        if column.type == TIME:  # Arrow has no infinity: it lands as null, an invalid time
            return f"case when isfinite({source}) then {source} end as {column.name}"
        return f"{source}::{POSTGRES_TYPES[str(column.type)]} as {column.name}"

    @property
    def _tenant(self) -> str:
        column = self._settings.tenant_column
        return f"{column} = {_bound('tenant')}::bigint" if column else "true"

    @property
    def _scope(self) -> str:
        """An audit without a valid time is in scope: it fails later, and is not lost here."""
        return (
            f"{self._tenant} and auditable_type = any({_bound('types')}::text[]) "
            f"and (created_at >= nullif({_bound('cutoff')}, '')::timestamp "
            "or created_at is null or not isfinite(created_at))"
        )


def _bound(name: str) -> str:
    return f"current_setting('crm_migration.{name}')"


def _array(values: Any) -> str:
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


def _text_of(column: pa.Field) -> str:
    if column.type == TIME:
        text = f"(extract(epoch from {column.name}) * 1000000)::bigint::text"
    else:
        text = column.name if column.type == TEXT else f"{column.name}::text"
    return f"coalesce({text}, chr(30))"


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    with _connecting(url):
        connection = postgresql.connect(_with_timeout(url), autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


def _with_timeout(url: str) -> str:
    parts = urlsplit(url)
    options = {"connect_timeout": "10", "application_name": "crm_activity_migration"}
    return urlunsplit(parts._replace(query=urlencode(options | dict(parse_qsl(parts.query)))))


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
            f"the CRM (CRM_AUDIT_DATABASE_URL) refused a query: {_reason(error)}"
        ) from error


def _place(url: str) -> str:
    """Say where a URL points, without user and password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _reason(error: BaseException) -> str:
    """Take PostgreSQL's own words out of the driver's; libpq quotes unreadable URLs, so not those."""
    text = str(error).replace("\n", " ").strip()
    for mark in ("FATAL:", "ERROR:"):
        if mark in text:
            return text.rpartition(mark)[2].split(" LINE 1:")[0].split("SQLSTATE")[0].strip()
    known = (
        "Connection refused",
        "could not translate host name",
        "timeout expired",
        "server closed the connection unexpectedly",
        "no password supplied",
    )
    return next((words for words in known if words in text), "no usable answer")
