"""Asks the source anew, read-only, in the scope of the last extract."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import IsolationLevel, sql

from ingest.shared.crm_scope import scope_condition
from ingest.shared.errors import CrmError
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings

OPTIONS = "-c default_transaction_read_only=on -c timezone=UTC"

CrmSession = psycopg.Connection[Any]


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
def crm_session(settings: Settings) -> Iterator[CrmSession]:
    """Open a session that cannot write and sees one unchanging state of the database.

    Raises:
        CrmError: PostgreSQL cannot be reached or refuses, now or within the block.
    """
    try:
        with psycopg.connect(settings.crm_url, connect_timeout=10, options=OPTIONS) as session:
            session.read_only = True
            session.isolation_level = IsolationLevel.REPEATABLE_READ
            yield session
    except psycopg.Error as error:
        raise CrmError(_problem(error, settings.crm_url)) from error


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


def _problem(error: psycopg.Error, url: str) -> str:
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        parts = urlsplit(url)
        return (
            f"PostgreSQL at {parts.hostname}:{parts.port or 5432} (CRM_AUDIT_DATABASE_URL) cannot "
            "be reached, or refuses the user or password; check the URL, then run again"
        )
    name = type(error).__name__
    return f"PostgreSQL (CRM_AUDIT_DATABASE_URL) refuses a query on the audits or users: {name}"
