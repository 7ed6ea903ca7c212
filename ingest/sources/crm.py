"""What the stage asks the CRM's PostgreSQL, for one account (rules: source, extract)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import pyarrow as pa

from ingest.settings import SourceSettings
from ingest.shared.crm_columns import (
    AUDITS_SCHEMA,
    LONG,
    POSTGRES_TYPES,
    TEXT,
    TIME,
    USERS_SCHEMA,
)
from ingest.shared.crm_scope import scope_condition, tenant_condition
from ingest.shared.seeds import Account
from ingest.sources.crm_session import Session, bound

PAGE_ROWS = 50_000
BUCKET_BITS = 14
AUDIT_COUNTS = pa.schema(
    [
        ("auditable_type", TEXT),
        ("action", TEXT),
        ("month", pa.date32()),
        ("is_in_scope", pa.bool_()),
        ("audit_count", LONG),
    ]
)


@dataclass(frozen=True, slots=True)
class BucketSum:
    """What one bucket of ids holds: a count and a sum over the md5 of every row."""

    audit_count: int
    checksum: str


class Crm:
    """The CRM as one account sees it. Made by `Crm.opened`.

    Args:
        session: A read-only session.
        settings: Names of the relations and of the tenant column.
    """

    def __init__(self, session: Session, settings: SourceSettings) -> None:
        self.session = session
        self._settings = settings

    @classmethod
    @contextmanager
    def opened(
        cls, settings: SourceSettings, account: Account, types: Sequence[str]
    ) -> Iterator[Self]:
        """Open a session for an account.

        Args:
            settings: Where the CRM is, and the names of its relations.
            account: The account whose rows are read.
            types: The mapped auditable types: those in scope.

        Raises:
            CrmError: The server cannot be reached, or the session is not read-only.
        """
        with Session.opened(settings.crm_url) as session:
            session.bind("tenant", str(account.crm_organization_id))
            session.bind("types", _array(types))
            yield cls(session, settings)

    def cutoff(self, date_range_start: datetime | None) -> datetime | None:
        """Return where the scope starts and keep to it from now on (rule: extract).

        That is the given start, else the account's earliest time; none without any audit.
        """
        earliest = self.session.rows(
            f"select min(created_at)::timestamp as earliest from {self.audits} "  # noqa: S608
            f"where {self.tenant} and isfinite(created_at) and created_at >= '0001-01-01'"
        )[0]["earliest"]
        cutoff: datetime | None = date_range_start or earliest
        self.session.bind("cutoff", cutoff.isoformat() if cutoff else "")
        return cutoff

    def count_after(self, audit_id: int) -> int:
        """Count the audits in scope whose id is larger."""
        self.session.bind("after", str(audit_id))
        rows = self.session.rows(
            f"select count(*) as audit_count from {self.audits} "  # noqa: S608
            f"where {self.scope} and id > {bound('after')}::bigint"
        )
        return int(rows[0]["audit_count"])

    def pages(self, after: int) -> Iterator[pa.Table]:
        """Yield the audits in scope whose id is larger, by id, as small Arrow tables."""
        read = PAGE_ROWS
        while read == PAGE_ROWS:
            read = 0
            for rows in self.session.stream(self.page_query(after), AUDITS_SCHEMA):
                read += rows.num_rows
                after = rows["id"][-1].as_py()
                yield rows

    def page_query(self, after: int, rows: int = PAGE_ROWS) -> str:
        """Return the query of one page, its values bound; the probe explains it (rule: gates)."""
        self.session.bind("after", str(after))
        self.session.bind("rows", str(rows))
        return (
            f"select {self._audit_columns} from {self.audits} "  # noqa: S608
            f"where {self.scope} and id > {bound('after')}::bigint "
            f"order by id limit {bound('rows')}::bigint"
        )

    def audits_between(self, first: int, last: int) -> pa.Table:
        """Return the audits in scope with ``first <= id <= last``."""
        self.session.bind("first", str(first))
        self.session.bind("last", str(last))
        query = (
            f"select {self._audit_columns} from {self.audits} "  # noqa: S608
            f"where {self.scope} and id between {bound('first')}::bigint "
            f"and {bound('last')}::bigint order by id"
        )
        return self.session.table(query, AUDITS_SCHEMA)

    def bucket_sums(self) -> dict[int, BucketSum]:
        """Count and sum every bucket of the audits in scope, in PostgreSQL."""
        row_text = " || chr(31) || ".join(_text_of(column) for column in AUDITS_SCHEMA)
        rows = self.session.rows(
            f"select id >> {BUCKET_BITS} as bucket, count(*) as audit_count, "  # noqa: S608
            f"sum(('x' || left(md5(convert_to({row_text}, 'UTF8')), 15))::bit(60)::bigint)::text "
            f"as checksum from (select {self._audit_columns} from {self.audits} "
            f"where {self.scope}) as audits group by 1"
        )
        return {row["bucket"]: BucketSum(row["audit_count"], row["checksum"]) for row in rows}

    def audit_counts(self) -> pa.Table:
        """Count all audits of the account, in scope or not, by type, action and month."""
        query = (
            "select auditable_type::text as auditable_type, action::text as action, "  # noqa: S608
            "case when isfinite(created_at) then date_trunc('month', created_at)::date end "
            f"as month, coalesce({self.scope}, false) as is_in_scope, "
            f"count(*)::bigint as audit_count from {self.audits} "
            f"where {self.tenant} group by 1, 2, 3, 4"
        )
        return self.session.table(query, AUDIT_COUNTS)

    def users(self, actor_ids: Sequence[int]) -> pa.Table:
        """Return the organization's users and every other one of the given ids (rule: extract)."""
        self.session.bind("actors", _array(map(str, actor_ids)))
        columns = self.columns(USERS_SCHEMA)
        query = (
            f"select {columns} from {self._settings.users_relation} "  # noqa: S608
            f"where {self.tenant} or id = any({bound('actors')}::bigint[])"
        )
        return self.session.table(query, USERS_SCHEMA)

    def is_one_of(self, column: str, classes: Sequence[str]) -> str:
        """Return the condition that a column names one of some classes."""
        self.session.bind(column, _array(classes))
        return f"{column}::text = any({bound(column)}::text[])"

    @property
    def audits(self) -> str:
        """The audits' relation, quoted."""
        return self._settings.audits_relation

    @property
    def _audit_columns(self) -> str:
        return self.columns(AUDITS_SCHEMA)

    def columns(self, schema: pa.Schema) -> str:
        """Return the columns of a schema as they are read."""
        return ", ".join(self._column(column) for column in schema)

    def _column(self, column: pa.Field) -> str:
        source = f'"{column.name}"'
        if column.name == "organization_id":
            source = self._settings.tenant_column or f"{bound('tenant')}"
        if column.type == TIME:  # Arrow has no infinity: it lands as null, an invalid time
            return f"case when isfinite({source}) then {source} end as {column.name}"
        return f"{source}::{POSTGRES_TYPES[column.type]} as {column.name}"

    @property
    def tenant(self) -> str:
        """The condition that an audit or user is the account's."""
        return tenant_condition(self._settings, f"{bound('tenant')}::bigint")

    @property
    def scope(self) -> str:
        """The condition that an audit is in scope."""
        return scope_condition(
            self._settings,
            tenant=f"{bound('tenant')}::bigint",
            types=f"{bound('types')}::text[]",
            cutoff=f"nullif({bound('cutoff')}, '')::timestamp",
        )


def _array(values: Iterable[str]) -> str:
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


def _text_of(column: pa.Field) -> str:
    if column.type == TIME:
        text = f"(extract(epoch from {column.name}) * 1000000)::bigint::text"
    else:
        text = column.name if column.type == TEXT else f"{column.name}::text"
    return f"coalesce({text}, chr(30))"
