"""What the stage asks the CRM's PostgreSQL, for one account (rules: source, extract)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Self, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ingest.errors import ForeignRowError
from ingest.settings import SourceSettings
from ingest.shared.crm_columns import (
    AUDITS,
    AUDITS_SCHEMA,
    COLUMNS,
    POSTGRES_TYPES,
    TEXT,
    TIME,
    USERS_SCHEMA,
    is_time_told,
    time_sql,
    value_sql,
)
from ingest.shared.crm_scope import scope_condition, tenant_condition
from ingest.shared.pieces import ALL, Piece, ask_in_pieces
from ingest.shared.retry import Say
from ingest.shared.seeds import Account
from ingest.sources.crm_session import Session, literal
from ingest.sources.crm_texts import decode_texts, known_texts

PAGE_ROWS = 50_000
OPTIONAL = {column.name for column in AUDITS if column.is_optional}
FIRST, LAST = "'0001-01-01'", "'9999-12-31 23:59:59.999999'"

Answer = TypeVar("Answer")


class Crm:
    """The CRM as one account sees it. Made by `Crm.opened`."""

    def __init__(
        self, session: Session, settings: SourceSettings, account: Account, types: Sequence[str]
    ) -> None:
        self.session = session
        self._settings = settings
        self._organization_id = account.crm_organization_id
        self._types = literal(types)
        self._cutoff = "null"

    @classmethod
    @contextmanager
    def opened(
        cls,
        settings: SourceSettings,
        account: Account,
        types: Sequence[str],
        *,
        is_patient: bool = False,
        say: Say = lambda _line: None,
    ) -> Iterator[Self]:
        """Open a session for an account.

        Args:
            settings: Where the CRM is, and the names of its relations.
            account: The account whose rows are read.
            types: The mapped auditable types.
            is_patient: Wait for faults that pass, as long as the settings say.
            say: Told what is waited for.

        Raises:
            CrmError: The server cannot be reached, or the session is not read-only.
        """
        patience_s = settings.patience_s if is_patient else 0
        with Session.opened(
            settings.crm_url, patience_s=patience_s, statement_s=settings.statement_s, say=say
        ) as session:
            yield cls(session, settings, account, types)

    @cached_property
    def column_types(self) -> dict[str, str]:
        """The type of each column that the audits' relation has."""
        return self.types_of(self._settings.audits_relation)

    def types_of(self, relation: str) -> dict[str, str]:
        """Return the type of each column of a relation, as it is quoted; none without it."""
        rows = self.session.rows(COLUMNS.format(relation=literal(relation)))
        return {row["name"]: row["type"] for row in rows}

    @cached_property
    def is_in_bytes(self) -> bool:
        """Whether the database has no encoding, so that a text may be any bytes."""
        rows = self.session.rows("select current_setting('server_encoding') as encoding")
        return bool(rows[0]["encoding"] == "SQL_ASCII")

    def cutoff(self, date_range_start: datetime | None) -> datetime | None:
        """Return where the scope starts and keep to it from now on (rule: extract).

        That is the given start, else the account's earliest time; none without any audit.
        """
        query = (
            f"select min(created_at)::timestamp as earliest from {self.audits} "  # noqa: S608 - our own or quoted names, no value # nosec B608
            f"where {self.tenant} and {is_time_told('created_at')} and "
        )
        found = self.by_id(lambda piece: self.session.rows(query + piece.condition)[0])
        earliest = (each["earliest"] for each in found if each["earliest"])
        cutoff: datetime | None = date_range_start or min(earliest, default=None)
        self._cutoff = literal(cutoff.isoformat()) if cutoff else "null"
        return cutoff

    def count_after(self, audit_id: int) -> int:
        """Count the audits in scope whose id is larger."""
        query = (
            f"select count(*) as audit_count from {self.audits} "  # noqa: S608 - our own or quoted names, no value # nosec B608
            f"where {self.scope} and id > {literal(audit_id)}::bigint and "
        )
        found = self.by_id(lambda piece: self.session.rows(query + piece.condition)[0])
        return sum(each["audit_count"] for each in found)

    def pages(self, after: int) -> Iterator[pa.Table]:
        """Yield the audits in scope whose id is larger, by id; after a passing fault it goes on."""
        return self.session.resumed(
            lambda last: self._own(self._rows(self.page_query(last))), after
        )

    def page_query(self, after: int, rows: int = PAGE_ROWS) -> str:
        """Return the query of one page; the probe explains it (rule: gates)."""
        return (
            f"select {self.columns(AUDITS_SCHEMA)} from {self.audits} "  # noqa: S608 - our own or quoted names, no value # nosec B608
            f"where {self.scope} and id > {literal(after)}::bigint "
            f"order by id limit {literal(rows)}"
        )

    def audits_between(self, first: int, last: int) -> Iterator[pa.Table]:
        """Yield the audits in scope with ``first <= id <= last``."""
        query = (
            f"select {self.columns(AUDITS_SCHEMA)} from {self.audits} "  # noqa: S608 - our own or quoted names, no value # nosec B608
            f"where {self.scope} and id between {literal(first)}::bigint "
            f"and {literal(last)}::bigint order by id"
        )
        return self._own(self._rows(query))

    def by_id(
        self, ask: Callable[[Piece], Answer], pieces: Iterable[Piece] = (ALL,)
    ) -> Iterator[Answer]:
        """Ask of all audits, each piece of ids in one moment of its own.

        Args:
            ask: The question of a piece, whose answer is never none.
            pieces: What is asked at once, as long as that does not take too long.

        Raises:
            CrmError: The source stopped answering.
        """

        def ask_piece(piece: Piece) -> Answer:
            with self.session.snapshot():
                return ask(piece)

        return ask_in_pieces(ask_piece, self._ends, pieces=pieces, retry=self.session.retry)

    def _ends(self) -> Piece:
        [ends] = self.session.rows(
            f"select coalesce(min(id), 0)::bigint as first, "  # noqa: S608 - our own or quoted names, no value # nosec B608
            f"coalesce(max(id), 0)::bigint as last from {self.audits}"
        )
        return Piece(**ends)

    def users(self, actor_ids: Sequence[int]) -> pa.Table:
        """Return the organization's users and every other one of the given ids."""
        columns = self.columns(USERS_SCHEMA)
        query = (
            f"select {columns} from {self._settings.users_relation} "  # noqa: S608 - our own or quoted names, no value # nosec B608
            f"where {self.tenant} or id = any({literal(actor_ids)}::bigint[])"
        )
        return known_texts(self.table(query, USERS_SCHEMA))

    def is_one_of(self, column: str, classes: Sequence[str]) -> str:
        """Return the condition that a column names one of some classes."""
        return f"{self.value(column)}::text = any({literal(classes)}::text[])"

    def value(self, name: str) -> str:
        """Return a column of audits as SQL, or null where an old gem has none."""
        return value_sql(name, self.column_types.get(name, "" if name in OPTIONAL else "text"))

    @property
    def audits(self) -> str:
        """The audits' relation, quoted."""
        return self._settings.audits_relation

    def columns(self, schema: pa.Schema) -> str:
        """Return the columns of a schema as they are read."""
        return ", ".join(self._column(column) for column in schema)

    def _column(self, column: pa.Field) -> str:
        source, name = self.value(column.name), column.name
        if name == "organization_id":
            source = self._settings.tenant_column or self._tenant_id
        if name == "deleted_at":  # whoever was deleted at an odd time was deleted
            clamped = f"least(greatest({source}, {FIRST}), {LAST})::timestamp"
            return f"case when {source} is not null then {clamped} end as {name}"
        if column.type == TIME:  # no year of Arrow tells it: it lands as null, an invalid time
            return f"{time_sql(source)} as {name}"
        if column.type == TEXT and self.is_in_bytes:
            return f"convert_to({source}::text, 'SQL_ASCII') as {name}"
        return f"{source}::{POSTGRES_TYPES[column.type]} as {name}"

    def _rows(self, query: str) -> Iterator[pa.Table]:
        return (decode_texts(rows).cast(AUDITS_SCHEMA) for rows in self.session.stream(query))

    def table(self, query: str, schema: pa.Schema) -> pa.Table:
        """Return the rows of a query of `columns` as one table of their schema."""

        def ask() -> pa.Table:
            parts = [decode_texts(part).cast(schema) for part in self.session.stream(query)]
            return pa.concat_tables([schema.empty_table(), *parts])

        return self.session.retry(ask)

    def _own(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Let through what is the account's alone, whatever lies between (rule: source).

        Raises:
            ForeignRowError: A row is of another organization, or of none.
        """
        for table in tables:
            tenants = pc.unique(table["organization_id"]).to_pylist()
            if tenants not in ([], [self._organization_id]):
                raise ForeignRowError(self._organization_id)
            yield table

    @property
    def _tenant_id(self) -> str:
        return f"{literal(self._organization_id)}::bigint"

    @property
    def tenant(self) -> str:
        """The condition that an audit or user is the account's."""
        return tenant_condition(self._settings, self._tenant_id)

    @property
    def scope(self) -> str:
        """The condition that an audit is in scope."""
        return scope_condition(
            self._settings,
            tenant=self._tenant_id,
            types=f"{self._types}::text[]",
            cutoff=f"{self._cutoff}::timestamp",
        )
