"""Asks the source anew, read-only, in the scope of the last extract (rules: source, reconciliation)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from ingest.shared.crm_columns import read_text
from ingest.shared.crm_faults import describe_fault, is_cut_short
from ingest.shared.crm_scope import scope_condition
from ingest.shared.errors import CrmError
from ingest.shared.pieces import Piece, ask_in_pieces
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from ingest.shared.silence import STATEMENT_S, end_silence, shut_down

TEXT_TYPES = ("text", "varchar", "bpchar", "name", 0)  # 0 is every type without a loader


class CrmSession(psycopg.Connection[Any]):
    """A connection that is given up when its server does not answer in time."""

    statement_s = STATEMENT_S

    def wait(self, *arguments: Any, **options: Any) -> Any:
        """Wait for an answer, and not for ever."""
        with end_silence(self.statement_s, lambda: shut_down(self.fileno())):
            return super().wait(*arguments, **options)

    def read_texts(self) -> LiteralString:
        """Read texts as UTF-8, or as bytes that should be; return what is to be asked for."""
        if self.info.parameter_status("server_encoding") != "SQL_ASCII":
            return "UTF8"
        for each in TEXT_TYPES:
            self.adapters.register_loader(each, _Utf8Loader)
        return "SQL_ASCII"


class _Utf8Loader(Loader):
    """Reads a text of a database without an encoding, as the extract does."""

    def load(self, data: Buffer) -> str:
        return read_text(bytes(data))


def source_count(settings: Settings, account: Account, types: Sequence[str], cutoff: Any) -> int:
    """Count the account's audits of the mapped types since the cutoff.

    Args:
        settings: Where the CRM is, and its names.
        account: The account.
        types: The mapped types.
        cutoff: Start of the scope, naive UTC; none when the account had no audit.

    Raises:
        CrmError: PostgreSQL cannot be reached or refuses.
    """
    values = scope_values(account, types, cutoff)

    def count(piece: Piece) -> int:
        where = sql.SQL("{} and {}").format(in_scope(settings), trusted(piece.condition))
        return _asked(settings, "select count(*) from {audits} where {where}", where, values)[0]

    def find_ends() -> Piece:
        query = "select coalesce(min(id), 0), coalesce(max(id), 0) from {audits} where {where}"
        return Piece(*_asked(settings, query, sql.SQL("true"), {}))

    return sum(ask_in_pieces(count, find_ends))


def _asked(
    settings: Settings, query: LiteralString, where: sql.Composable, values: Mapping[str, Any]
) -> tuple[int, ...]:
    """Return the one row that answers a question about the audits."""
    composed = sql.SQL(query).format(audits=named(settings.audits_relation), where=where)
    with crm_session(settings) as session:
        return tuple(session.execute(composed, values).fetchall()[0])


@contextmanager
def crm_session(settings: Settings, statement_s: int | None = None) -> Iterator[CrmSession]:
    """Open a session that cannot write and sees one unchanging state of the database.

    All of it is one transaction, and what must hold travels in that: a pool may lie between.

    Args:
        settings: Where the CRM is.
        statement_s: How long a statement may take, where not as long as the settings say.

    Raises:
        CrmError: PostgreSQL cannot be reached or refuses, now or within the block.
    """
    seconds = statement_s or settings.statement_s
    try:
        with CrmSession.connect(
            settings.crm_url, connect_timeout=10, prepare_threshold=None, client_encoding="UTF8"
        ) as session:
            session.statement_s = seconds
            session.read_only = True
            session.isolation_level = IsolationLevel.REPEATABLE_READ
            session.execute("set local timezone = 'UTC'")
            session.execute("set local row_security = off")
            session.execute(f"set local client_encoding = '{session.read_texts()}'")
            time_out = sql.SQL("set local statement_timeout = {}").format(f"{seconds}s")
            session.execute(time_out)
            yield session
    except (psycopg.Error, UnicodeDecodeError) as error:
        raise _translated(error, settings.crm_url) from error


def in_scope(settings: Settings) -> sql.SQL:
    """Return the condition of the scope, to be used with `scope_values`."""
    column = settings.tenant_column.replace("%", "%%")
    return trusted(
        scope_condition(
            replace(settings, tenant_column=column),
            tenant="%(tenant)s",
            types="%(types)s",
            cutoff="%(cutoff)s::timestamp",
        )
    )


def trusted(text: str) -> sql.SQL:
    """Take SQL that was made of checked and quoted names of the settings as it is."""
    return sql.SQL(text)


def named(name: str) -> sql.SQL:
    """Take a quoted name of the settings as it is: for psycopg a percent sign would begin a value."""
    return trusted(name.replace("%", "%%"))


def scope_values(account: Account, types: Sequence[str], cutoff: Any) -> Mapping[str, Any]:
    """Return the values that `in_scope` names."""
    return {"tenant": account.crm_organization_id, "types": list(types), "cutoff": cutoff}


def _translated(error: Exception, url: str) -> CrmError:
    fault = getattr(error, "sqlstate", None), str(error)
    said, is_passing = describe_fault(*fault)
    parts = urlsplit(url)
    return CrmError(
        f"PostgreSQL at {parts.hostname}:{parts.port or 5432} (CRM_AUDIT_DATABASE_URL): {said}",
        is_passing=is_passing,
        is_cut_short=is_cut_short(*fault),
    )
