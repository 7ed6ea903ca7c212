"""Fills the demo's servers: the CRM's tables, the CDP's contacts, USMAN's users."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import psycopg
from pymongo import MongoClient

from ingest.demo.crm.cdp_documents import NAMESPACE, fill_contacts, fill_native_logs
from ingest.demo.crm.crm_tables import (
    TABLES,
    Crm,
    copy_audits,
    copy_golden,
    copy_users,
    golden_persons,
    vacuum,
)
from ingest.demo.crm.history import History
from ingest.demo.crm.plans import LOST_PERSONS, PLANS, Plan, plan_of
from ingest.shared.indexes import INDEXES
from ingest.shared.seeds import read_accounts

GEM_ACCOUNT = "demo-gem"
LAST = """
    select
        (select max(id) from audits),
        max(created_at),
        max(auditable_id) filter (where auditable_type = %s and auditable_id < %s)
    from audits
    where organization_id = %s
"""
YEAR_SECONDS = 31_536_000


def seed(variables: dict[str, str], usman_file: Path, plans: Sequence[Plan] = PLANS) -> None:
    """Fill servers that hold nothing yet, all or nothing on the CRM's side, which comes last."""
    with psycopg.connect(variables["CRM_DEMO_ADMIN_URL"]) as crm:
        crm.execute("select pg_advisory_xact_lock(1)")  # of several commands one fills
        if crm.execute("select to_regclass('audits')").fetchone() != (None,):
            return
        crm.execute(TABLES)
        client: MongoClient[dict[str, Any]]
        with MongoClient(variables["CDP_MONGO_URL"]) as client:
            database: Any = client.get_default_database()
            client.drop_database(database.name)
            for collection, models in INDEXES.items():
                database[collection].create_indexes(list(models))
            for plan in plans:
                history = History(plan)
                copy_audits(crm, history.rows())
                copy_users(crm, plan)
                fill_contacts(database, plan.account, history.persons, plan.has_trouble)
            copy_golden(crm)
            fill_contacts(database, GEM_ACCOUNT, golden_persons(crm), has_trouble=False)
            fill_native_logs(database)
        usman_file.write_text(json.dumps(sso_users(crm)))
    vacuum(variables["CRM_DEMO_ADMIN_URL"])


def add(variables: dict[str, str], account: str, row_count: int, seed_number: int) -> int:
    """Append new audits of an account, as its users make them meanwhile; return how many.

    Raises:
        UnknownDemoAccountError: The account is not a simulated one.
    """
    plan = plan_of(account)
    with psycopg.connect(variables["CRM_DEMO_ADMIN_URL"]) as crm:
        crm.execute("select pg_advisory_xact_lock(1)")
        [(last_id, last_time, last_person)] = crm.execute(
            LAST, [plan.named("CrmPerson"), plan.person_base + LOST_PERSONS, plan.organization_id]
        ).fetchall()
        known_count = last_person - plan.person_base
        history = History(
            replace(
                plan,
                audit_count=row_count,
                first_audit_id=last_id + 1,
                seed=plan.seed + 10 * seed_number,
                starts_at=last_time.replace(tzinfo=UTC),
                known_person_count=known_count,
                mean_step_seconds=min(plan.mean_step_seconds, YEAR_SECONDS / max(row_count, 1)),
            )
        )
        count = copy_audits(crm, history.rows())
        client: MongoClient[dict[str, Any]]
        with MongoClient(variables["CDP_MONGO_URL"]) as client:
            database: Any = client.get_default_database()
            fill_contacts(database, account, history.persons[known_count:], has_trouble=False)
    vacuum(variables["CRM_DEMO_ADMIN_URL"])
    return count


def sso_users(crm: Crm) -> dict[str, list[dict[str, str]]]:
    """Return what USMAN knows: of the users one in eight not active, one in eleven unknown."""
    found: dict[str, list[dict[str, str]]] = {}
    companies = {
        account.crm_organization_id: account.company_sso_id for account in read_accounts().values()
    }
    for user_id, organization_id, email in crm.execute(
        "select id, organization_id, email from users order by id"
    ):
        if user_id % 11 == 0:
            continue
        user = {
            "sso_id": str(uuid.uuid5(NAMESPACE, f"user {user_id}")),
            "email": email.lower(),
            "status": "inactive" if user_id % 8 == 0 else "active",
        }
        found.setdefault(companies[organization_id], []).append(user)
    return found
