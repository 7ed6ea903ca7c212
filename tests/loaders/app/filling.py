"""What the pages' tests put into the database: contacts, logs, jobs and probes."""

from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument

from ingest.shared.indexes import JOBS, PROBES
from ingest.shared.mongo import CdpDatabase
from ingest.shared.seeds import Account
from loaders.jobs.job_changes import JobDocument, after, change, event, structure
from loaders.jobs.job_document import new_job
from loaders.upkeep.indexes import ensure_indexes

ACCOUNT = Account("demo-small", "company-a", 101, True, False, "Company A")
CUSTOMER = "contact-1"
NEWEST = datetime(2024, 5, 4, 10, 30)


def fill_contact(database: CdpDatabase, *logs: dict[str, Any]) -> None:
    """Make the contact, and its logs."""
    contact = {"_id": CUSTOMER, "company_sso_id": ACCOUNT.company_sso_id, "name": "Ada Lovelace"}
    database.contacts.insert_one(contact)
    if logs:
        database.activity_logs.insert_many(logs)


def native_log(**fields: Any) -> dict[str, Any]:
    """Return a log as the CDP itself writes it."""
    return {
        "company_sso_id": ACCOUNT.company_sso_id,
        "customer_id": CUSTOMER,
        "category": "contact",
        "action": "update",
        "actor": {"type": "user", "name": "CDP user"},
        "changes": [{"field": "segment", "from": None, "to": "gold"}],
        "created_at": NEWEST,
    } | fields


def migrated_log(number: int, **fields: Any) -> dict[str, Any]:
    """Return a migrated log, each an hour older than the one before."""
    return (
        native_log(
            external_id=f"crm_audit_{number}",
            source_tag="crm_migration",
            category="deal",
            action="update",
            actor={"type": "user", "name": "Grace Hopper", "crm_user_id": 7},
            changes=[{"field": "title", "from": f"Offer {number}", "to": f"Order {number}"}],
            created_at=NEWEST - timedelta(hours=number),
            metadata={"crm_audit_id": number, "auditable_type": "CrmDeal"},
        )
        | fields
    )


def put_job(database: CdpDatabase, status: str, **fields: Any) -> JobDocument:
    """Put the account's newest job into a state, by hand."""
    is_active = status in ("in_progress", "rolling_back")
    job = new_job(ACCOUNT, "anna") | {
        "status": status,
        "phase": "load" if is_active else "done",
        "counts": {
            "source": 2000,
            "staged": 2000,
            "migrated": 700,
            "already_present": 0,
            "skipped": 130,
            "failed": 10,
        },
        "reasons": {"no_contact": 130, "unparseable_changes": 10},
        "progress_pct": 42.0,
        "failure_rate": 0.0119,
        "accuracy_pct": None if is_active else 93.5,
        "fidelity_pct": None if is_active else 100.0,
        "error": "halted: 10 of 84 audits failed" if status in ("halted", "failed") else None,
    }
    began_at = after(timedelta(seconds=-2))
    job |= {"phase_began": structure({"at": began_at, "processed": 0})} | fields
    events = event("trigger", "anna"), event(status, "anna", "as the test wants it")
    found = database[JOBS].find_one_and_update(
        {"company_sso_id": ACCOUNT.company_sso_id},
        [{"$replaceWith": {"_id": "$_id"}}, *change(job, *events)],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert found
    return found


def put_probe(database: CdpDatabase, *, passed: bool = True) -> None:
    """Put the account's last probe, and the indexes that it asks for."""
    ensure_indexes(database)
    verdict = "pass" if passed else "fail"
    gates = [
        {"gate": "CRM session", "found": "read-only", "needed": "read-only", "verdict": "pass"},
        {
            "gate": "types and actions",
            "found": "User: 12 audits",
            "needed": "all in category_map.csv",
            "verdict": "warn",
            "hint": "they are out of scope",
        },
        {
            "gate": "contact coverage",
            "found": "99.7 %" if passed else "41.2 %",
            "needed": "at least 99 %",
            "verdict": verdict,
        },
    ]
    probe = {
        "company_sso_id": ACCOUNT.company_sso_id,
        "account": ACCOUNT.account,
        "passed": passed,
        "probed_at": NEWEST,
        "gates": gates,
    }
    database[PROBES].replace_one({"company_sso_id": ACCOUNT.company_sso_id}, probe, upsert=True)
