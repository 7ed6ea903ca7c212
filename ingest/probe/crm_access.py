"""The CRM answers, cannot be written to, and has the agreed columns (rules: source, gates)."""

from collections.abc import Mapping, Sequence
from typing import Any

from ingest.errors import SourceContractError
from ingest.probe.gates import Gate, Requirement
from ingest.settings import SourceSettings
from ingest.sources.crm import Crm
from ingest.sources.crm_contract import check_contract
from ingest.sources.crm_session import literal

SESSION = Requirement("CRM reachable, read-only", "a session and a role that only read")
CONTRACT = Requirement("CRM columns", "the agreed ones")

RIGHTS = """
    select
        relation::text as relation,
        has_any_column_privilege(to_regclass(relation)::oid, 'insert, update')
        or has_table_privilege(to_regclass(relation)::oid, 'delete, truncate') as is_writable,
        row_security_active(to_regclass(relation)::oid) as is_hidden
    from unnest({relations}::text[]) as relation
    where to_regclass(relation) is not null
"""


def session_gate(crm: Crm, settings: SourceSettings) -> Gate:
    """Fail a session that may write; warn of a role that could in another session."""
    if not crm.session.is_read_only():
        return SESSION.failed(
            "a session that may write", "the role must not undo default_transaction_read_only"
        )
    relations = (settings.audits_relation, settings.users_relation)
    rows = crm.session.rows(RIGHTS.format(relations=literal(relations)))
    hidden = _named(rows, "is_hidden")
    if hidden:
        return SESSION.failed(
            f"row-level security hides rows of {', '.join(hidden)} from this role",
            "ask for a role with BYPASSRLS: no count would notice what a policy hides",
        )
    writable = _named(rows, "is_writable")
    if not writable:
        return SESSION.passed("reachable, read-only", writable_relations=[])
    names = ", ".join(writable)
    return SESSION.warned(
        f"read-only session of a role that can write {names}",
        f"ask for a role with no right but SELECT on {names} (CRM_AUDIT_DATABASE_URL)",
        writable_relations=writable,
    )


def _named(rows: Sequence[Mapping[str, Any]], what: str) -> list[str]:
    return [row["relation"].replace('"', "") for row in rows if row[what]]


def contract_gate(crm: Crm, settings: SourceSettings) -> Gate:
    """Fail columns that would stop the extract."""
    try:
        check_contract(crm, settings)
    except SourceContractError as error:
        differences = "; ".join(error.differences)
        return CONTRACT.failed(f"{error.relation}: {differences}", str(error))
    return CONTRACT.passed("as agreed")
