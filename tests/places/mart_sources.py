"""The sources that a test's mart would come from: audits, a user, contacts."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from ingest.shared.mongo import CdpDatabase

COMPANY_ID = "11111111-1111-4111-8111-111111111111"
ORGANIZATION_ID = 101
SSO_ID = "0d6c1e5e-0000-4000-8000-000000000001"
CONTACT_COUNT = 7
USER = (1, ORGANIZATION_ID, "anne@example.com", "Änne", None)
CONTACTS = [
    {"_id": f"customer-{place}", "company_sso_id": COMPANY_ID, "source_id": str(place + 1)}
    for place in range(CONTACT_COUNT)
]
CHANGES_OF = {"no_changes": "{}", "unparseable_changes": "--- ["}

AUDITS = """
create table audits (
    id bigint primary key, organization_id bigint, auditable_id bigint, auditable_type varchar,
    associated_id bigint, associated_type varchar, user_id bigint, user_type varchar,
    username varchar, action varchar, audited_changes text, version int, comment text,
    remote_address varchar, request_uuid varchar, created_at timestamp);
create table users (
    id bigint primary key, organization_id bigint, email varchar, full_name varchar,
    deleted_at timestamp);
"""

AuditRow = dict[str, Any]


def audit_of(row: dict[str, Any]) -> AuditRow:
    """The audit that the rules make a row of `marts.activity_logs` of."""
    metadata = row["metadata"]
    changes = {c["field"]: [c["from"], c["to"]] for c in json.loads(row["changes"])}
    is_named = row["actor"]["crm_user_id"] is None
    return {
        "id": row["audit_id"],
        "organization_id": ORGANIZATION_ID,
        "auditable_id": metadata["auditable_id"],
        "auditable_type": metadata["auditable_type"],
        "associated_id": metadata["associated_id"],
        "associated_type": metadata["associated_type"],
        "user_id": row["actor"]["crm_user_id"],
        "user_type": None if is_named else "User",
        "username": row["actor"]["name"] if is_named else None,
        "action": metadata["audit_action"],
        "audited_changes": json.dumps(changes),
        "version": metadata["version"],
        "comment": metadata["comment"],
        "remote_address": metadata["remote_address"],
        "request_uuid": metadata["request_uuid"],
        "created_at": row["created_at"],
    }


def unready_audit(template: AuditRow, audit_id: int, reason: str) -> AuditRow:
    """An audit that names nobody, and has what makes it skipped or failed."""
    changes = CHANGES_OF.get(reason, '{"name": [1, 2]}')
    nobody = {"associated_id": None, "associated_type": None}
    return template | nobody | {"id": audit_id, "audited_changes": changes}


def write_sources(crm_url: str, database: CdpDatabase, audits: Iterable[AuditRow]) -> None:
    """Write the audits, the user and the contacts into PostgreSQL and MongoDB."""
    rows = list(audits)
    with psycopg.connect(crm_url) as crm, crm.cursor() as cursor:
        cursor.execute("truncate audits, users")
        cursor.execute("insert into users values (%s, %s, %s, %s, %s)", USER)
        columns = ", ".join(rows[0]) if rows else "id"
        with cursor.copy(f"copy audits ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(list(row.values()))
    database.contacts.delete_many({})
    database.contacts.insert_many(CONTACTS)


def land_sources(warehouse: duckdb.DuckDBPyConnection, audits: Iterable[AuditRow]) -> None:
    """Write the same, and what USMAN says, into the raw tables."""
    rows = list(audits)
    if rows:
        warehouse.register("landed", pa.Table.from_pylist(rows))
        warehouse.execute("insert into raw_crm.audits by name select * from landed")
    warehouse.register("landed", pa.Table.from_pylist(CONTACTS))
    warehouse.execute("insert into raw_cdp.contacts by name select * from landed")
    warehouse.execute("insert into raw_crm.users values (?, ?, ?, ?, ?)", USER)
    warehouse.execute("insert into raw_usman.users values (?, ?, 'active')", (USER[2], SSO_ID))


def at_minute(minute: int) -> datetime:
    """A time of its own for each audit."""
    return datetime(2024, 1, 1, 12, 0, 0, 123456) + timedelta(minutes=minute)
