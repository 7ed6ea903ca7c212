"""Counts the source anew, read-only, in the scope of the last extract (spec §10)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from loaders.accounts import Account
from loaders.errors import CrmError
from loaders.settings import Settings

OPTIONS = "-c default_transaction_read_only=on -c timezone=UTC"


def source_count(settings: Settings, account: Account, types: Sequence[str], cutoff: Any) -> int:
    """Count the account's audits of the mapped types since the cutoff.

    An audit without a valid time is in scope, as in the extract: it fails later, and is not lost.

    Args:
        settings: Where the CRM is, and its names.
        account: The account.
        types: The mapped types.
        cutoff: Start of the scope, naive UTC; none when the account had no audit.

    Raises:
        CrmError: PostgreSQL cannot be reached or refuses.
    """
    column = settings.tenant_column
    tenant = (
        sql.SQL("{} = %(tenant)s").format(sql.Identifier(column)) if column else sql.SQL("true")
    )
    query = sql.SQL(
        "select count(*) from {audits} where {tenant} and auditable_type = any(%(types)s) and "
        "(created_at >= %(cutoff)s::timestamp or created_at is null or not isfinite(created_at))"
    ).format(audits=sql.Identifier(*settings.audits_relation), tenant=tenant)
    values = {"tenant": account.crm_organization_id, "types": list(types), "cutoff": cutoff}
    try:
        with psycopg.connect(settings.crm_url, connect_timeout=10, options=OPTIONS) as connection:
            found = connection.execute(query, values).fetchone()
    except psycopg.Error as error:
        raise CrmError(_problem(error, settings.crm_url)) from error
    return int(found[0]) if found else 0


def _problem(error: psycopg.Error, url: str) -> str:
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        parts = urlsplit(url)
        return (
            f"PostgreSQL at {parts.hostname}:{parts.port or 5432} (CRM_AUDIT_DATABASE_URL) cannot "
            "be reached, or refuses the user or password; check the URL, then run again"
        )
    name = type(error).__name__
    return f"PostgreSQL (CRM_AUDIT_DATABASE_URL) refuses to count the audits: {name}"
