"""Fills the demo's servers: the CRM's tables, the CDP's contacts, USMAN's users (spec §14)."""

import csv
import gzip
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import psycopg
from pymongo import MongoClient

from ingest.demo.crm.history import FAMILIES, LOST_PERSONS, NAMES, STARTS_AT, History, Plan, Row
from ingest.demo.errors import UnknownDemoAccountError
from ingest.shared.indexes import INDEXES
from ingest.shared.seeds import read_accounts

GOLDEN = Path(__file__).parent / "golden"
GEM_ACCOUNT, GEM_ORGANIZATION = "demo-gem", 3
NAMESPACE = uuid.UUID("6f2e7c1a-0000-4000-8000-000000000001")

PLANS = (
    Plan("demo-small", 101, 2_000, 1_000_001, seed=1),
    Plan("demo-medium", 102, 12_000, 2_000_001, seed=2),
    Plan("demo-trouble", 103, 2_500, 3_000_001, seed=3, has_trouble=True),
)
USER_COLUMNS = ("id", "organization_id", "email", "full_name", "deleted_at")
TABLES = """
    create table audits (
        id bigint primary key,
        organization_id bigint,
        auditable_id bigint,
        auditable_type varchar,
        associated_id bigint,
        associated_type varchar,
        user_id bigint,
        user_type varchar,
        username varchar,
        action varchar,
        audited_changes text,
        version integer,
        comment text,
        remote_address varchar,
        request_uuid varchar,
        created_at timestamp
    );
    create index audits_organization_id on audits (organization_id, id);
    create table users (
        id bigint primary key,
        organization_id bigint,
        email varchar,
        full_name varchar,
        deleted_at timestamp
    );
    grant select on audits, users to crm_reader;
"""
LAST = """
    select
        (select max(id) from audits),
        max(created_at),
        max(auditable_id) filter (where auditable_type = 'CrmPerson' and auditable_id < %s)
    from audits
    where organization_id = %s
"""
YEAR_SECONDS = 31_536_000
PERSON_IDS = re.compile(r"^crm_person_id:(?:\n- ?(\d*)\n- ?(\d*)| (\d+))", re.MULTILINE)
COMMENT_PERSON = re.compile(r'"crm_person_id":\s*(\d+)')


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
            LAST, [plan.person_base + LOST_PERSONS, plan.organization_id]
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


def plan_of(account: str) -> Plan:
    """Return a simulated account's plan.

    Raises:
        UnknownDemoAccountError: The account is not a simulated one.
    """
    plans = {plan.account: plan for plan in PLANS}
    if account not in plans:
        raise UnknownDemoAccountError(account, list(plans))
    return plans[account]


def copy_audits(crm: "psycopg.Connection[Any]", rows: Iterable[Row]) -> int:
    """Copy rows into `audits`."""
    count = 0
    with crm.cursor().copy("copy audits from stdin") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_users(crm: "psycopg.Connection[Any]", plan: Plan) -> None:
    """Copy the account's CRM users, one in six of them deleted."""
    with crm.cursor().copy("copy users from stdin") as copy:
        for number in range(1, plan.user_count + 1):
            name = f"{NAMES[number % len(NAMES)]} {FAMILIES[number % len(FAMILIES)]}"
            email = f"User{number}@{plan.account}.example"
            deleted = "2023-05-04 10:00:00" if number % 6 == 0 else None
            user_id = plan.user_base + number
            copy.write_row((user_id, plan.organization_id, email, name, deleted))


def copy_golden(crm: "psycopg.Connection[Any]") -> None:
    """Copy the rows that the real gem wrote, untouched."""
    with (
        gzip.open(GOLDEN / "audits.csv.gz") as audits,
        crm.cursor().copy("copy audits from stdin (format csv, header match)") as copy,
    ):
        while block := audits.read(1 << 20):
            copy.write(block)
    with gzip.open(GOLDEN / "users.csv.gz", "rt", encoding="utf-8", newline="") as users:
        rows = [tuple(row[name] or None for name in USER_COLUMNS) for row in csv.DictReader(users)]
    with crm.cursor().copy("copy users from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def golden_persons(crm: "psycopg.Connection[Any]") -> list[int]:
    """Return every person id that the gem's rows name."""
    query = (
        "select auditable_type, auditable_id, associated_type, associated_id, audited_changes, "
        "comment from audits where organization_id = %s"
    )
    persons: set[int] = set()
    for row in crm.execute(query, [GEM_ORGANIZATION]):
        persons.update(number for kind, number in (row[:2], row[2:4]) if kind == "CrmPerson")
        for found in PERSON_IDS.findall(row[4] or ""):
            persons.update(int(digits) for digits in found if digits)
        persons.update(int(digits) for digits in COMMENT_PERSON.findall(row[5] or ""))
    return sorted(persons)


def fill_contacts(database: Any, account: str, persons: list[int], has_trouble: bool) -> None:
    """Make the contacts and the id map of an account's persons.

    Of a hundred persons 97 are found by `source_id` and 3 by the id map; where there is trouble,
    one in fifty has no contact, and one person two.
    """
    company = company_ids()[account]
    contacts, mapped = [], []
    for number, person in enumerate(persons, start=1):
        if has_trouble and number % 50 == 0:
            continue
        contact = {"_id": contact_id(account, person), "company_sso_id": company}
        named = {**contact, "name": f"{NAMES[number % len(NAMES)]} {person}"}
        if number % 33 == 0:
            contacts.append(named)
            mapped.append(
                {
                    "company_sso_id": company,
                    "crm_person_id": person,
                    "customer_id": contact["_id"],
                }
            )
        else:
            contacts.append({**named, "source_id": str(person)})
    if has_trouble:
        contacts.append({**contacts[7], "_id": contact_id(account, -1)})
    for collection, documents in (
        (database.contacts, contacts),
        (database.crm_contact_id_map, mapped),
    ):
        if documents:
            collection.insert_many(documents)


def fill_native_logs(database: Any) -> None:
    """Make logs as the CDP itself writes them: no external id, no source tag."""
    contacts = database.contacts.find({}, {"company_sso_id": 1}).sort("_id", 1)
    logs = [
        {
            "company_sso_id": contact["company_sso_id"],
            "customer_id": contact["_id"],
            "category": "contact",
            "action": "update",
            "actor": {"type": "user", "name": "CDP user"},
            "changes": [{"field": "segment", "from": None, "to": f"segment {number % 7}"}],
            "created_at": STARTS_AT,
        }
        for number, contact in enumerate(contacts)
        if number % 5 == 0
    ]
    database.activity_logs.insert_many(logs)


def sso_users(crm: "psycopg.Connection[Any]") -> dict[str, list[dict[str, str]]]:
    """Return what USMAN knows: of the users one in eight not active, one in eleven unknown."""
    found: dict[str, list[dict[str, str]]] = {}
    companies = {plan.organization_id: company_ids()[plan.account] for plan in PLANS}
    companies[GEM_ORGANIZATION] = company_ids()[GEM_ACCOUNT]
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


def company_ids() -> dict[str, str]:
    """Return the company of every account of the seed."""
    return {name: account.company_sso_id for name, account in read_accounts().items()}


def contact_id(account: str, person: int) -> str:
    """Return a contact's key, the same in every demo."""
    return uuid.uuid5(NAMESPACE, f"{account} {person}").hex[:24]


def vacuum(url: str) -> None:
    """Give the planner its statistics."""
    with psycopg.connect(url, autocommit=True) as crm:
        crm.execute("vacuum analyze audits")
