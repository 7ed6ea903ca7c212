"""The one condition that an audit of the CRM is in scope (rule: in scope)."""

from ingest.shared.crm_columns import is_time_told
from ingest.shared.settings import Settings


def tenant_condition(settings: Settings, tenant: str) -> str:
    """Return the SQL condition that an audit or user is the account's.

    Args:
        settings: The quoted name of the tenant column, or none.
        tenant: SQL that gives the account's organization, as a bigint.
    """
    column = settings.tenant_column
    return f"{column} = {tenant}" if column else "true"


def scope_condition(settings: Settings, *, tenant: str, types: str, cutoff: str) -> str:
    """Return the SQL condition that an audit is in scope.

    An audit without a valid time is in scope: it fails later, and is not lost here.

    Args:
        settings: The quoted name of the tenant column, or none.
        tenant: SQL that gives the account's organization, as a bigint.
        types: SQL that gives the mapped types, as an array of text.
        cutoff: SQL that gives the start of the scope, as a timestamp or null.
    """
    return (
        f"{tenant_condition(settings, tenant)} and auditable_type::text = any({types}) "
        f"and (created_at >= {cutoff} or {is_time_told('created_at')} is not true)"
    )
