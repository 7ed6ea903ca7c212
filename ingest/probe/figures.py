"""The account's audits in figures, and what of them the mapping does not know."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from ingest.probe.gates import Gate, Requirement
from ingest.shared.crm_columns import LONG, TIME, is_time_told
from ingest.sources.crm import Crm
from ingest.sources.crm_sums import KINDS

AUDITS = Requirement("audits of the account", "more than 0")
SCOPE = Requirement("types and actions", "all in category_map.csv")
SEED = "dbt_project/seeds/category_map.csv"

FIGURES = pa.schema(
    [*KINDS, ("audit_count", LONG), ("max_id", LONG), ("earliest", TIME), ("latest", TIME)]
)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """The audits of one type and action; the times are none where no audit has a valid one."""

    auditable_type: str
    action: str
    audit_count: int
    max_id: int
    earliest: datetime | None
    latest: datetime | None


def read_figures(crm: Crm) -> list[Figure]:
    """Count the account's audits by type and action in one pass."""
    valid = f"filter (where {is_time_told('created_at')})"
    query = (
        f"select {crm.columns(KINDS)}, count(*)::bigint as audit_count, "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"max(id)::bigint as max_id, min(created_at) {valid}::timestamp as earliest, "
        f"max(created_at) {valid}::timestamp as latest "
        f"from {crm.audits} where {crm.tenant} group by 1, 2 order by 1, 2"
    )
    rows = crm.table(query, FIGURES).to_pylist()
    return [Figure(**(row | {name: row[name] or "" for name in KINDS.names})) for row in rows]


def audits_gate(figures: list[Figure], *, allow_empty: bool) -> Gate:
    """Fail an account without audits, unless that is allowed; a wrong tenant shows so."""
    count = sum(figure.audit_count for figure in figures)
    if count:
        span = _span(figures)
        found = f"{count:,} audits, {_day(span['earliest'])} to {_day(span['latest'])}"
        return AUDITS.passed(f"{found}, max id {span['max_id']}", audit_count=count, **span)
    if allow_empty:
        return AUDITS.warned("0 audits", "ALLOW_EMPTY=1 lets it pass", audit_count=0)
    return AUDITS.failed(
        "0 audits",
        "check crm_organization_id in dbt_project/seeds/accounts.csv and CRM_TENANT_COLUMN; "
        "ALLOW_EMPTY=1 lets an empty account pass",
        audit_count=0,
    )


def scope_gate(figures: list[Figure], pairs: Set[Pair], join_models: Set[str]) -> Gate:
    """Warn of types that are out of scope and of actions that will be skipped.

    Args:
        figures: The account's audits by type and action.
        pairs: The types and actions of ``category_map.csv``.
        join_models: The types of ``join_models.csv``.
    """
    types = {auditable_type for auditable_type, _ in pairs} | join_models
    out_of_scope: dict[str, int] = {}
    unmapped: dict[str, int] = {}
    for figure in figures:
        name = figure.auditable_type or "(none)"
        if figure.auditable_type not in types:
            out_of_scope[name] = out_of_scope.get(name, 0) + figure.audit_count
        elif not _has_rule(figure, pairs, join_models):
            unmapped[f"{name} {figure.action or '(none)'}"] = figure.audit_count
    details = {"out_of_scope_types": out_of_scope, "unmapped_pairs": unmapped}
    if not out_of_scope and not unmapped:
        return SCOPE.passed("all mapped", **details)
    return SCOPE.warned(
        f"{_counted(out_of_scope, 'type')} out of scope, {_counted(unmapped, 'action')} unmapped",
        f"out of scope: {_listed(out_of_scope)}; unmapped: {_listed(unmapped)}; "
        f"where they belong on a timeline, add lines to {SEED}",
        **details,
    )


def _has_rule(figure: Figure, pairs: Set[Pair], join_models: Set[str]) -> bool:
    """Tell whether the transform finds a category and an action (rule: category).

    An update of a mapped type needs no line, nor do create and destroy of a join model.
    """
    if figure.action == "update" or (figure.auditable_type, figure.action) in pairs:
        return True
    return figure.auditable_type in join_models and figure.action in ("create", "destroy")


def _counted(counts: dict[str, int], noun: str) -> str:
    plural = "" if len(counts) == 1 else "s"
    return f"{len(counts)} {noun}{plural} ({sum(counts.values()):,} audits)"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"


def _span(figures: list[Figure]) -> dict[str, Any]:
    earliest = min((figure.earliest for figure in figures if figure.earliest), default=None)
    latest = max((figure.latest for figure in figures if figure.latest), default=None)
    return {
        "earliest": earliest.isoformat() if earliest else None,
        "latest": latest.isoformat() if latest else None,
        "max_id": max(figure.max_id for figure in figures),
    }


def _day(moment: str | None) -> str:
    return moment[:10] if moment else "no valid time"
