"""Asks the source anew, read-only, in the scope of the last extract (rules: source, reconciliation)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import IsolationLevel, sql

from ingest.shared.crm_faults import describe_fault
from ingest.shared.crm_scope import scope_condition
from ingest.shared.errors import CrmError
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from ingest.shared.silence import STATEMENT_S, end_silence, shut_down


class CrmSession(psycopg.Connection[Any]):
    """A connection that is given up when its server does not answer in time."""

    statement_s = STATEMENT_S

    def wait(self, *arguments: Any, **options: Any) -> Any:
        """Wait for an answer, and not for ever."""
        with end_silence(self.statement_s, lambda: shut_down(self.fileno())):
            return super().wait(*arguments, **options)


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
    query = sql.SQL("select count(*) from {audits} where {scope}").format(
        audits=trusted(settings.audits_relation), scope=in_scope(settings)
    )
    with crm_session(settings) as session:
        found = session.execute(query, scope_values(account, types, cutoff)).fetchone()
    return int(found[0]) if found else 0


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
            session.execute("set local client_encoding = 'UTF8'")
            time_out = sql.SQL("set local statement_timeout = {}").format(f"{seconds}s")
            session.execute(time_out)
            yield session
    except (psycopg.Error, UnicodeDecodeError) as error:
        raise _translated(error, settings.crm_url) from error


def in_scope(settings: Settings) -> sql.SQL:
    """Return the condition of the scope, to be used with `scope_values`."""
    return trusted(
        scope_condition(
            settings, tenant="%(tenant)s", types="%(types)s", cutoff="%(cutoff)s::timestamp"
        )
    )


def trusted(text: str) -> sql.SQL:
    """Take SQL that was made of checked and quoted names of the settings as it is."""
    return sql.SQL(text)


def scope_values(account: Account, types: Sequence[str], cutoff: Any) -> Mapping[str, Any]:
    """Return the values that `in_scope` names."""
    return {"tenant": account.crm_organization_id, "types": list(types), "cutoff": cutoff}


def _translated(error: Exception, url: str) -> CrmError:
    said, is_passing = describe_fault(getattr(error, "sqlstate", None), str(error))
    parts = urlsplit(url)
    return CrmError(
        f"PostgreSQL at {parts.hostname}:{parts.port or 5432} (CRM_AUDIT_DATABASE_URL): {said}",
        is_passing=is_passing,
    )
