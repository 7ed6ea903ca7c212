"""An account's migrated logs, as a test asks for them."""

from typing import Any

import duckdb

from tests.places.copies import Place


def at(document: Any, path: str) -> Any:
    """Return what stands at a dotted path, or none."""
    for name in path.split("."):
        document = (document or {}).get(name)
    return document


def logs_of(place: Place) -> dict[int, dict[str, Any]]:
    """The account's migrated logs by their audit."""
    with place.cdp() as database:
        query = {"company_sso_id": place.company_sso_id, "source_tag": "crm_migration"}
        found = database.activity_logs.find(query)
        return {each["metadata"]["crm_audit_id"]: each for each in found}


def first_with(logs: dict[int, dict[str, Any]], field: str, *others: Any) -> Any:
    """The most frequent value of a field, but for some."""
    values = [at(each, field) for each in logs.values()]
    return max({value for value in values if value not in (None, *others)}, key=values.count)


def audits_of(logs: dict[int, dict[str, Any]], field: str, value: Any) -> set[int]:
    """The audits whose document has a value."""
    return {id_ for id_, each in logs.items() if at(each, field) == value}


def asked(place: Place, query: str) -> list[Any]:
    """Ask the account's warehouse."""
    with duckdb.connect(place.folder / "staging.duckdb", read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def drift_of(place: Place) -> dict[int, set[str]]:
    """The causes of each drifted audit."""
    causes: dict[int, set[str]] = {}
    for audit_id, cause in asked(place, "select audit_id, cause from reconciliation.drift"):
        causes.setdefault(audit_id, set()).add(cause)
    return causes


def kept_in(place: Place) -> set[int]:
    """The audits that the CRM's scope no longer has, and whose documents stay."""
    query = "select audit_id from intermediate.int_logs_judged where standing = 'kept'"
    return {audit_id for (audit_id,) in asked(place, query)}
