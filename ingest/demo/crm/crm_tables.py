"""The tables of the demo's CRM: simulated rows, and those that the real gem wrote."""

import csv
import gzip
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from ingest.demo.crm.history import Row
from ingest.demo.crm.plans import Plan
from ingest.demo.crm.words import FAMILIES, NAMES

GOLDEN = Path(__file__).parent / "golden"
GEM_ORGANIZATION = 3
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
PERSON_IDS = re.compile(r"^crm_person_id:(?:\n- ?(\d*)\n- ?(\d*)| (\d+))", re.MULTILINE)
COMMENT_PERSON = re.compile(r'"crm_person_id":\s*(\d+)')
Crm = psycopg.Connection[Any]


def copy_audits(crm: Crm, rows: Iterable[Row]) -> int:
    """Copy rows into `audits`."""
    count = 0
    with crm.cursor().copy("copy audits from stdin") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_users(crm: Crm, plan: Plan) -> None:
    """Copy the account's CRM users, one in six of them deleted."""
    with crm.cursor().copy("copy users from stdin") as copy:
        for number in range(1, plan.user_count + 1):
            name = f"{NAMES[number % len(NAMES)]} {FAMILIES[number % len(FAMILIES)]}"
            email = f"User{number}@{plan.account}.example"
            deleted = "2023-05-04 10:00:00" if number % 6 == 0 else None
            user_id = plan.user_base + number
            copy.write_row((user_id, plan.organization_id, email, name, deleted))


def copy_golden(crm: Crm) -> None:
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


def golden_persons(crm: Crm) -> list[int]:
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


def vacuum(url: str) -> None:
    """Give the planner its statistics."""
    with psycopg.connect(url, autocommit=True) as crm:
        crm.execute("vacuum analyze audits")
