"""The whole job as an engineer would write it in an afternoon: what a run is compared with.

A server-side cursor, PyYAML's C loader, joins in dictionaries, bulk upserts of 1,000. It knows the
usual Ruby tags and the rules of the mapping; it proves nothing, and resumes nothing.
"""

import csv
import json
import os
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import httpx
import psycopg
import typer
import yaml
from psycopg.rows import dict_row
from pymongo import MongoClient, UpdateOne, WriteConcern

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
BATCH = 1_000
READ_BATCH = 5_000
EMAILS_A_CALL = 50
JOIN_ACTIONS = {"create": "link", "destroy": "unlink"}
Row = dict[str, Any]


class Loader(yaml.CSafeLoader):
    """Reads what Rails writes; no object is built, times stay text."""


def _zoned(loader: Loader, node: yaml.MappingNode) -> Any:
    return loader.construct_mapping(node, deep=True).get("utc")


def _decimal(_loader: Loader, node: yaml.ScalarNode) -> str:
    return format(Decimal(node.value.partition(":")[2]), "f")


def _text(_loader: Loader, node: yaml.ScalarNode) -> str:
    return str(node.value)


def _untagged(loader: Loader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


Loader.add_constructor("!ruby/object:ActiveSupport::TimeWithZone", _zoned)
Loader.add_constructor("!ruby/object:BigDecimal", _decimal)
Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)
Loader.add_multi_constructor("!", _untagged)


def main(
    account: Annotated[str, typer.Option()],
    limit: Annotated[int, typer.Option(help="So many audits, the oldest.")],
    out: Annotated[Path, typer.Option(help="Where audits, documents and seconds are told.")],
) -> None:
    """Migrate an account."""
    [found] = [row for row in _seed("accounts") if row["account"] == account]
    company, organization = found["company_sso_id"], int(found["crm_organization_id"])
    with (
        psycopg.connect(os.environ["CRM_AUDIT_DATABASE_URL"], row_factory=dict_row) as crm,
        MongoClient[Row](os.environ["CDP_MONGO_URL"]) as client,
    ):
        database: Any = client.get_default_database()
        mapping = Mapping(company, crm, database)
        durable = WriteConcern(w="majority", j=True)
        logs = database.get_collection("activity_logs", write_concern=durable)
        started_at = time.monotonic()
        told = {"audits": 0, "documents": 0}
        for rows in batches(crm, organization, sorted(mapping.types), limit):
            made = [document for row in rows if (document := mapping.document(row))]
            told["audits"] += len(rows)
            told["documents"] += len(made)
            write(logs, made)
        seconds = time.monotonic() - started_at
    out.write_text(json.dumps({**told, "seconds": seconds}))


def batches(
    crm: "psycopg.Connection[Row]", organization: int, types: list[str], limit: int
) -> Iterator[list[Row]]:
    """Stream the audits, a batch at a time."""
    query = (
        "select * from audits where organization_id = %s and auditable_type = any(%s) "
        "order by id limit %s"
    )
    with crm.cursor(name="audits") as cursor:
        cursor.itersize = READ_BATCH
        cursor.execute(query, [organization, types, limit])
        while rows := cursor.fetchmany(BATCH):
            yield rows


def write(logs: Any, documents: list[Row]) -> None:
    """Upsert a batch."""
    upserts = [
        UpdateOne(
            {"company_sso_id": each["company_sso_id"], "external_id": each["external_id"]},
            {"$setOnInsert": each},
            upsert=True,
        )
        for each in documents
    ]
    if upserts:
        logs.bulk_write(upserts, ordered=False)


class Mapping:
    """All that a row is joined with, in memory."""

    def __init__(self, company: str, crm: "psycopg.Connection[Row]", database: Any) -> None:
        self._company = company
        mapped = _seed("category_map")
        self._actions = {(row["auditable_type"], row["audit_action"]): row for row in mapped}
        self.types = {row["auditable_type"]: row["category"] for row in mapped}
        self._reached = {
            (row["auditable_type"], row["field"], row["status_id"]): row["action"]
            for row in _seed("status_sets")
        }
        self._denied = {row["field"] for row in _seed("denied_fields")}
        contacts = database.contacts.find({"company_sso_id": company}, {"source_id": 1})
        self._contacts = {
            each["source_id"]: each["_id"] for each in contacts if "source_id" in each
        }
        self._id_map = {
            str(each["crm_person_id"]): each["customer_id"]
            for each in database.crm_contact_id_map.find({"company_sso_id": company})
        }
        self._users = {user["id"]: user for user in crm.execute("select * from users")}
        emails = sorted({user["email"].lower() for user in self._users.values()})
        self._sso_ids = sso_ids(company, emails)

    def document(self, row: Row) -> Row | None:
        """Return the activity log of an audit, or nothing where it is to be skipped."""
        changes = self._changes(row)
        if changes is None or (row["action"] == "update" and not changes and not row["comment"]):
            return None
        category = self._category(row, changes)
        person, source = _person(row, changes)
        customer = self._contacts.get(person) or self._id_map.get(person)
        if category is None or customer is None:
            return None
        actor, sso_id = self._actor(row)
        metadata = {
            "crm_audit_id": row["id"],
            "crm_person_id": int(person),
            "audit_action": row["action"],
            "contact_source": f"{source}+{'source_id' if person in self._contacts else 'id_map'}",
        } | {name: row[name] for name in COPIED if row[name] is not None}
        return {
            "company_sso_id": self._company,
            "external_id": f"crm_audit_{row['id']}",
            "source_tag": "crm_migration",
            "customer_id": customer,
            **category,
            **({"user_id": sso_id} if sso_id else {}),
            "actor": actor,
            "changes": changes,
            "created_at": row["created_at"],
            "metadata": metadata,
        }

    def _changes(self, row: Row) -> list[Row] | None:
        try:
            values = yaml.load(row["audited_changes"] or "", Loader) or {}  # noqa: S506 - a safe one
        except (yaml.YAMLError, ValueError):
            return None
        if not isinstance(values, dict):
            return [{"field": "(value)", "from": None, "to": values}]
        allowed = ((name, value) for name, value in values.items() if name not in self._denied)
        return [{"field": name, **_sides(row["action"], value)} for name, value in allowed]

    def _category(self, row: Row, changes: list[Row]) -> Row | None:
        kind, action = row["auditable_type"], row["action"]
        if action == "update":
            for change in changes:
                reached = self._reached.get((kind, change["field"], str(change["to"])))
                if reached:
                    return {"category": self.types[kind], "action": reached}
            return {"category": self.types[kind], "action": "update"}
        mapped = self._actions.get((kind, action))
        return mapped and {"category": mapped["category"], "action": mapped["action"]}

    def _actor(self, row: Row) -> tuple[Row, str | None]:
        user_id, kind = row["user_id"], row["user_type"]
        if user_id is None:
            name = row["username"] or "System"
            is_garbage = name.startswith("#<")
            unknown = {"type": "unknown", "name": "Unknown"}
            return (unknown if is_garbage else {"type": "system", "name": name}), None
        if kind != "User":
            return {"type": "other", "name": f"{kind} {user_id}", "crm_user_id": user_id}, None
        user = self._users.get(user_id)
        if user is None:
            deleted = {"type": "deleted", "name": "[Deleted reference]", "crm_user_id": user_id}
            return deleted, None
        sso_id = None if user["deleted_at"] else self._sso_ids.get(user["email"].lower())
        type_ = "user" if sso_id else "deactivated"
        return {"type": type_, "name": user["full_name"], "crm_user_id": user_id}, sso_id


COPIED = (
    *("auditable_type", "auditable_id", "associated_type", "associated_id"),
    *("version", "comment", "remote_address", "request_uuid"),
)


def sso_ids(company: str, emails: list[str]) -> dict[str, str]:
    """Ask USMAN for the active users."""
    credentials = (os.environ["USMAN_USERNAME"], os.environ["USMAN_PASSWORD"])
    found: dict[str, str] = {}
    with httpx.Client(base_url=os.environ["USMAN_URL"], auth=credentials) as client:
        for start in range(0, len(emails), EMAILS_A_CALL):
            asked = ",".join(emails[start : start + EMAILS_A_CALL])
            parameters = {"company_sso_id": company, "emails": asked}
            users = client.get("/private/users", params=parameters).raise_for_status().json()
            active = (user for user in users["users"] if user["status"] == "active")
            found |= {user["email"].lower(): user["sso_id"] for user in active}
    return found


def _sides(action: str, value: Any) -> Row:
    if action == "update" and isinstance(value, list) and len(value) == 2:
        return {"from": value[0], "to": value[1]}
    return {"from": value, "to": None} if action == "destroy" else {"from": None, "to": value}


def _person(row: Row, changes: list[Row]) -> tuple[str, str]:
    """Return the person's id, empty if none, and where it was found."""
    try:
        named = json.loads(row["comment"] or "null")
    except ValueError:
        named = None
    changed = [change for change in changes if change["field"] == "crm_person_id"]
    candidates = {
        "comment": named.get("crm_person_id") if isinstance(named, dict) else None,
        "changes": (changed[0]["to"] or changed[0]["from"]) if changed else None,
        "auditable": row["auditable_id"] if row["auditable_type"] == "CrmPerson" else None,
        "associated": row["associated_id"] if row["associated_type"] == "CrmPerson" else None,
    }
    for source, person in candidates.items():
        if isinstance(person, int | str) and str(person).isdigit():
            return str(person), source
    return "", ""


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


if __name__ == "__main__":
    typer.run(main)
