"""The facts of the report: what dbt's models say, and what the run left beside them (rule: report).

No figure is made here. Nothing in it is personal data beyond ids: no names, comments or values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from loaders.transform.provenance import provenance
from loaders.transform.results import read_build
from loaders.transform.warehouse import Warehouse

Facts = dict[str, Any]

ONE_ROW = {
    "figures": "select * exclude (company_sso_id) from reconciliation.figures",
    "contact_coverage": "select * exclude (company_sso_id) from reconciliation.contact_coverage",
}
TABLES = {
    "balance": "select * from reconciliation.balance order by hop_number",
    "balance_steps": "select * from reconciliation.balance_steps order by step_number",
    "departures": (
        "select * from reconciliation.departures "
        "order by step_number, kind = 'failed', audit_count desc, reason"
    ),
    "out_of_scope": (
        "select * from reconciliation.out_of_scope_by_type "
        "order by audit_count desc, auditable_type, audit_action"
    ),
    "reasons": (
        "select * from reconciliation.outcomes_by_reason where outcome <> 'ready' "
        "order by outcome, audit_count desc, reason"
    ),
    "load_failures": (
        "select * from reconciliation.load_failures_by_reason order by audit_count desc, reason"
    ),
    "load_preview": "select * from reconciliation.load_preview order by fate desc",
    "unmapped_actions": (
        "select * from reconciliation.unmapped_actions "
        "order by audit_count desc, auditable_type, audit_action"
    ),
    "unmatched_seed_lines": (
        "select * from reconciliation.unmatched_seed_lines order by seed_file, line_number"
    ),
    "categories": "select * from reconciliation.logs_by_category order by category, action",
    "statuses": (
        "select * from reconciliation.statuses_applied "
        "order by audit_count desc, auditable_type, field, status_id"
    ),
    "months": "select * from reconciliation.outcomes_by_month order by created_month",
    "actors": (
        "select * from reconciliation.outcomes_by_actor order by ready_count desc, actor_type"
    ),
    "contact_sources": (
        "select * from reconciliation.outcomes_by_contact_source "
        "order by ready_count desc, contact_source"
    ),
    "contacts_to_mend": (
        "select * from reconciliation.contacts_to_mend "
        "order by audit_count desc, crm_person_id limit 1000"
    ),
    "parsers": "select * from reconciliation.outcomes_by_parser order by audit_count desc, parser",
    "unknown_tags": (
        "select * from reconciliation.unknown_tags_by_name order by audit_count desc, tag"
    ),
    "denied_fields": (
        "select * from reconciliation.denied_fields_by_name order by dropped_count desc, field"
    ),
    "differences": "select * from reconciliation.differences_by_kind order by difference",
    "differing_fields": (
        "select * from reconciliation.differences_by_field order by log_count desc, field"
    ),
    "differing_logs": (
        "select external_id, difference from reconciliation.fidelity_differences "
        "order by difference, external_id limit 1000"
    ),
    "drift_causes": "select * from reconciliation.drift_by_cause order by cause_number",
    "drift_fields": (
        "select cause, field, count(*) as log_count from reconciliation.drift "
        "group by all order by log_count desc, cause, field"
    ),
    "drift": "select * from reconciliation.drift order by audit_id, field limit 1000",
    "sample_differences": (
        "select audit_id, external_id, field from reconciliation.sample_differences "
        "order by audit_id, field limit 1000"
    ),
    "extracts": "select * from stg.stg_crm__extracts order by extracted_at desc limit 20",
}
# A preview derives no sample: what the warehouse has is the last run's.
OF_THE_LAST_RUN: Facts = {"sample_differences": []}
DECLARED_LOSSES = (
    "MongoDB keeps milliseconds: the microseconds of created_at are cut.",
    "Integers beyond 64 bits, and other values that BSON cannot hold, are kept as strings.",
)
JOB_FACTS = (
    "job_id",
    "requested_by",
    "started_at",
    "finished_at",
    "date_range_start",
    "cutoff",
    "forced",
    "counts",
    "failure_rate",
    "documents_sha256",
    "sample_count",
    "sample_changed_since",
    "sample_differences",
    "error",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about.

    Args:
        settings: Where everything is.
        account: The account.
        job: The job that it reports, as it is or will be when it ends; a preview has none.
        gates: The account's last probe.
        found: What the reconciliation found wrong, in one line; empty when nothing.
    """

    settings: Settings
    account: Account
    job: Mapping[str, Any] | None
    gates: Mapping[str, Any] | None
    found: str = ""


def report_content(warehouse: Warehouse, subject: Subject) -> Facts:
    """Return all that the report tells; the same facts give the same content.

    Args:
        warehouse: The account's open warehouse, reconciled.
        subject: What it is about.
    """
    account = subject.account
    tables = {name: warehouse.rows(query) for name, query in TABLES.items()}
    if subject.job is None:
        tables |= OF_THE_LAST_RUN
    folder = subject.settings.var_dir / account.account
    return {
        "account": account.account,
        "display_name": account.display_name,
        "company_sso_id": account.company_sso_id,
        "is_preview": subject.job is None,
        "verdict": _verdict(subject),
        **{name: warehouse.rows(query)[0] for name, query in ONE_ROW.items()},
        **tables,
        "job": {name: (subject.job or {}).get(name) for name in JOB_FACTS},
        "events": _events(subject.job),
        "gates": _gates(subject.gates),
        "dbt_build": read_build(folder / "target"),
        "declared_losses": DECLARED_LOSSES,
        **provenance(folder / "target"),
    }


def _verdict(subject: Subject) -> Facts:
    """Tell the end of the run; a sign-off afterwards is no part of what it signs."""
    status = str((subject.job or {}).get("status", "preview"))
    if status == "signed_off":
        status = "completed"
    problem = subject.found or (subject.job or {}).get("error") or ""
    return {
        "status": status,
        "is_good": status in ("completed", "preview") and not problem,
        "problem": problem,
    }


def _events(job: Mapping[str, Any] | None) -> list[Facts]:
    """Return what happened up to the end of the run."""
    events: list[Facts] = list((job or {}).get("events", ()))
    end = (job or {}).get("finished_at")
    return [event for event in events if end is None or event["at"] <= end]


def _gates(probe: Mapping[str, Any] | None) -> Facts | None:
    return {name: probe[name] for name in ("passed", "probed_at", "gates")} if probe else None
