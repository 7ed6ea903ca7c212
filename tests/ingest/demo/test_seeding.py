"""What the demo's servers hold (rules: source, document)."""

import csv
import gzip
from typing import Any

import psycopg
import pytest
from pymongo import MongoClient

from ingest.demo.crm.crm_tables import GOLDEN, golden_persons
from ingest.demo.crm.plans import PLANS
from ingest.shared.seeds import find_account


@pytest.fixture(scope="module")
def cdp(servers: Any) -> Any:
    """The CDP's database."""
    with MongoClient[dict[str, Any]](servers.env["CDP_MONGO_URL"]) as client:
        yield client.get_default_database()


@pytest.fixture(scope="module")
def crm(servers: Any) -> Any:
    """The CRM's database."""
    with psycopg.connect(servers.env["CRM_AUDIT_DATABASE_URL"], autocommit=True) as connection:
        yield connection


def test_the_gems_rows_are_all_there(crm: Any) -> None:
    """As many rows as a CSV reader of another make finds in the file, from the first to the last."""
    csv.field_size_limit(2**24)
    with gzip.open(GOLDEN / "audits.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        ids = [int(row["id"]) for row in csv.DictReader(lines)]
    found = crm.execute("select count(*), min(id), max(id) from audits where organization_id = 3")
    assert found.fetchone() == (len(ids), ids[0], ids[-1]) == (4553, 17, 20116)


def test_coverage_is_near_whole_but_for_the_troubled(cdp: Any) -> None:
    """Contacts by source_id and id map; one in fifty lost where there is trouble (rule: gates)."""
    for plan in PLANS:
        company = {"company_sso_id": find_account(plan.account).company_sso_id}
        mapped = {row["customer_id"] for row in cdp.crm_contact_id_map.find(company)}
        known = {str(row["_id"]) for row in cdp.contacts.find(company)}
        assert mapped
        assert mapped <= known


def test_the_gems_persons_are_covered(cdp: Any, crm: Any) -> None:
    """Every person that the gem's rows name has a contact."""
    company = {"company_sso_id": find_account("demo-gem").company_sso_id}
    by_source = {row.get("source_id") for row in cdp.contacts.find(company)}
    by_map = {str(row["crm_person_id"]) for row in cdp.crm_contact_id_map.find(company)}
    persons = {str(person) for person in golden_persons(crm)}
    assert len(persons & (by_source | by_map)) >= 0.99 * len(persons) > 0


def test_native_logs_bear_no_mark_of_a_migration(cdp: Any) -> None:
    """They have neither external_id nor source_tag, which is how they are told apart."""
    native = {"external_id": {"$exists": False}, "source_tag": {"$exists": False}}
    assert cdp.activity_logs.count_documents(native) > 0
