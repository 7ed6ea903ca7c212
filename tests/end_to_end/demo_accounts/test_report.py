"""Every number of the report, made a second time by hand from PostgreSQL and MongoDB."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from loaders.app.settings import AppSettings
from loaders.jobs.shares import share_text
from tests.end_to_end.conftest import COMPANY_IDS, ORGANIZATION_IDS, Run, last_job
from tests.end_to_end.demo_accounts.test_migrate import mapped_types
from tests.loaders.app.conftest import PASSWORD, SECRET, USERNAME, Service, serving

ACCOUNTS = list(COMPANY_IDS)


def report_of(servers: Any, account: str) -> dict[str, Any]:
    """The facts of an account's report."""
    path: Path = servers.var_dir / account / "report" / "report.json"
    return dict(json.loads(path.read_text()))


def counted(mongo: Any, account: str, *fields: str) -> Counter[Any]:
    """Count the account's migrated documents by some fields."""
    found: Counter[Any] = Counter()
    query = {"company_sso_id": COMPANY_IDS[account], "source_tag": "crm_migration"}
    for document in mongo.activity_logs.find(query):
        values = tuple(_at(document, field) for field in fields)
        found[values[0] if len(values) == 1 else values] += 1
    return found


def _at(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def asked(crm: psycopg.Connection[Any], query: str, account: str) -> list[tuple[Any, ...]]:
    """Ask PostgreSQL for an account; `%(types)s` are the mapped types."""
    values = {"tenant": ORGANIZATION_IDS[account], "types": mapped_types()}
    return crm.execute(query.encode(), values).fetchall()


def nonzero(rows: list[dict[str, Any]], column: str, *keys: str) -> dict[Any, int]:
    """A table of the report as a mapping of its keys, without zeros."""
    return {
        row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys): row[column]
        for row in rows
        if row[column]
    }


@pytest.fixture(params=ACCOUNTS)
def account(request: pytest.FixtureRequest, migrated: Run) -> str:
    """Each demo account, migrated."""
    assert callable(migrated)
    return str(request.param)


@pytest.fixture
def report(servers: Any, account: str) -> dict[str, Any]:
    """The facts of its report."""
    return report_of(servers, account)


def test_the_figures_are_counts_of_the_two_databases(
    report: dict[str, Any], mongo: Any, crm: psycopg.Connection[Any], account: str
) -> None:
    """Accuracy, explained, eligible and fidelity are what a calculator makes of the counts."""
    scope = asked(
        crm,
        "select count(*) from audits where organization_id = %(tenant)s "
        "and auditable_type = any(%(types)s)",
        account,
    )[0][0]
    stored = counted(mongo, account, "source_tag").total()
    skipped = sum(row["audit_count"] for row in report["reasons"] if row["outcome"] == "skipped")
    figures = report["figures"]
    assert (figures["source_count"], figures["source_count_now"]) == (scope, scope)
    assert (figures["mongo_count"], figures["expected_count"]) == (stored, stored)
    assert figures["skipped_count"] == skipped
    assert figures["accuracy_pct"] == pytest.approx(100 * stored / scope, abs=0.0001)
    assert figures["eligible_accuracy_pct"] == pytest.approx(
        100 * stored / (scope - skipped), abs=0.0001
    )
    assert (figures["explained_pct"], figures["fidelity_pct"]) == (100, 100)
    assert figures["kept_count"] == figures["difference_count"] == 0


def test_the_balance_and_its_picture_close(
    report: dict[str, Any], mongo: Any, crm: psycopg.Connection[Any], account: str
) -> None:
    """All audits are those in MongoDB and those that left, each with its reason."""
    whole = asked(crm, "select count(*) from audits where organization_id = %(tenant)s", account)
    steps = {row["step"]: row["audit_count"] for row in report["balance_steps"]}
    departed = sum(row["audit_count"] for row in report["departures"])
    assert all(row["is_closed"] and not row["difference"] for row in report["balance"])
    assert steps["all audits"] == report["balance"][0]["expected_count"] == whole[0][0]
    assert steps["loaded"] == counted(mongo, account, "source_tag").total()
    assert steps["all audits"] == steps["loaded"] + departed
    assert departed == sum(row["departed_count"] for row in report["balance_steps"])


def test_what_is_out_of_scope_is_counted_at_the_source(
    report: dict[str, Any], crm: psycopg.Connection[Any], account: str
) -> None:
    """By type and action; all of it is a departure of the one reason."""
    by_hand = asked(
        crm,
        "select auditable_type, action, count(*) from audits where organization_id = %(tenant)s "
        "and auditable_type <> all(%(types)s) group by 1, 2",
        account,
    )
    expected = {(kind, action): count for kind, action, count in by_hand}
    assert nonzero(report["out_of_scope"], "audit_count", "auditable_type", "audit_action") == (
        expected
    )
    left = [row for row in report["departures"] if row["kind"] == "out of scope"]
    assert sum(row["audit_count"] for row in left) == sum(expected.values())
    assert {row["reason"] for row in left} <= {"type_not_mapped"}


def test_every_month_is_the_source_and_mongodb(
    report: dict[str, Any], mongo: Any, crm: psycopg.Connection[Any], account: str
) -> None:
    """Each month's audits and documents are counted in their own database, and none differs."""
    by_hand = asked(
        crm,
        "select case when isfinite(created_at) "
        "then to_char(date_trunc('month', created_at), 'YYYY-MM-DD') end, count(*) from audits "
        "where organization_id = %(tenant)s and auditable_type = any(%(types)s) group by 1",
        account,
    )
    stored = Counter(
        f"{moment:%Y-%m-01}"
        for moment, count in counted(mongo, account, "created_at").items()
        for _ in range(count)
    )
    assert nonzero(report["months"], "source_count", "created_month") == dict(by_hand)
    assert nonzero(report["months"], "mongo_count", "created_month") == stored
    assert not any(row["difference"] for row in report["months"])
    for row in report["months"]:
        parts = row["ready_count"] + row["skipped_count"] + row["failed_count"]
        assert row["source_count"] == parts


def test_what_documents_are_is_counted_in_mongodb(
    report: dict[str, Any], mongo: Any, account: str
) -> None:
    """Category and action, actor, way to the contact, parser."""
    assert nonzero(report["categories"], "mongo_count", "category", "action") == counted(
        mongo, account, "category", "action"
    )
    assert nonzero(report["categories"], "ready_count", "category", "action") == counted(
        mongo, account, "category", "action"
    )
    for table, key, field in (
        ("actors", "actor_type", "actor.type"),
        ("contact_sources", "contact_source", "metadata.contact_source"),
        ("parsers", "parser", "metadata.parser"),
    ):
        assert nonzero(report[table], "ready_count", key) == counted(mongo, account, field)


def test_each_table_of_audits_sums_up_to_the_scope(report: dict[str, Any]) -> None:
    """No audit is left out of a table, and none is in it twice."""
    scope = report["figures"]["source_count"]
    for table in ("categories", "actors", "contact_sources", "parsers"):
        assert sum(row["audit_count"] for row in report[table]) == scope, table
    left = sum(row["audit_count"] for row in report["reasons"])
    assert report["figures"]["ready_count"] + left == scope


def test_actions_without_a_line_are_those_of_the_source(
    report: dict[str, Any], crm: psycopg.Connection[Any], account: str
) -> None:
    """Every action but those of the gem itself has no line in the demo's map."""
    by_hand = asked(
        crm,
        "select auditable_type, action, count(*) from audits where organization_id = %(tenant)s "
        "and auditable_type = any(%(types)s) and action not in ('create', 'update', 'destroy') "
        "group by 1, 2",
        account,
    )
    assert nonzero(report["unmapped_actions"], "audit_count", "auditable_type", "audit_action") == {
        (kind, action): count for kind, action, count in by_hand
    }


def test_sample_audits_are_what_they_are_samples_of(
    report: dict[str, Any], mongo: Any, crm: psycopg.Connection[Any], account: str
) -> None:
    """A sample of a reason is an audit of the account that MongoDB does not have."""
    samples = [audit for row in report["reasons"] for audit in row["sample_audit_ids"]]
    own = {
        row[0]
        for row in asked(crm, "select id from audits where organization_id = %(tenant)s", account)
    }
    stored = counted(mongo, account, "metadata.crm_audit_id")
    assert set(samples) <= own
    assert not stored.keys() & set(samples)


def test_the_contacts_that_are_missing_are_missing(
    report: dict[str, Any], mongo: Any, account: str
) -> None:
    """No listed person is in the CDP, the parts sum up, and all of MongoDB's persons are found."""
    coverage = report["contact_coverage"]
    company = {"company_sso_id": COMPANY_IDS[account]}
    to_mend = report["contacts_to_mend"]
    persons = [row["crm_person_id"] for row in to_mend if row["reason"] == "contact_not_found"]
    by_source = mongo.contacts.count_documents(
        company | {"source_id": {"$in": [str(person) for person in persons]}}
    )
    by_map = mongo.crm_contact_id_map.count_documents(company | {"crm_person_id": {"$in": persons}})
    found = coverage["found_by_source_id_count"] + coverage["found_by_id_map_count"]
    assert (by_source, by_map) == (0, 0)
    assert coverage["missing_count"] == len(persons)
    assert coverage["person_count"] == found + coverage["ambiguous_count"] + len(persons)
    assert coverage["coverage_pct"] == pytest.approx(
        100 * found / coverage["person_count"], abs=0.0001
    )
    assert found >= len(counted(mongo, account, "metadata.crm_person_id"))


def test_the_lists_beside_it_have_what_did_not_move_and_whom_to_mend(
    servers: Any, report: dict[str, Any], account: str
) -> None:
    """As many lines as audits without a log and persons without one contact, each with what to do."""
    folder = servers.var_dir / account / "report"
    audits, persons = (
        list(csv.DictReader((folder / name).read_text().splitlines()))
        for name in ("not_migrated.csv", "contacts_to_mend.csv")
    )
    reasons = {row["reason"]: row["audit_count"] for row in report["reasons"]}
    assert Counter(row["reason"] for row in audits) == reasons
    assert [int(row["crm_person_id"]) for row in persons] == [
        row["crm_person_id"] for row in report["contacts_to_mend"]
    ]
    assert all(row["what_to_do"] and row["auditable_id"] for row in audits)
    assert all(row["what_to_do"] for row in persons)


def test_denied_fields_are_those_of_the_source(
    report: dict[str, Any], crm: psycopg.Connection[Any], account: str
) -> None:
    """The demo's audits name one of them; as many are dropped as there are audits with it."""
    by_hand = asked(
        crm,
        "select count(*) from audits where organization_id = %(tenant)s and "
        "auditable_type = any(%(types)s) and audited_changes::text like '%%encrypted_password%%'",
        account,
    )[0][0]
    dropped = nonzero(report["denied_fields"], "dropped_count", "field")
    assert dropped.get("encrypted_password", 0) == by_hand


def test_the_extract_and_the_job_are_told(report: dict[str, Any], mongo: Any, account: str) -> None:
    """The report tells the last job, its end included, and the last extract."""
    job = last_job(mongo, account)
    assert report["verdict"] == {"status": "completed", "is_good": True, "problem": ""}
    assert report["job"]["job_id"] == job["job_id"]
    assert report["job"]["counts"] == job["counts"]
    assert report["job"]["documents_sha256"] == job["documents_sha256"]
    assert report["job"]["sample_differences"] == 0 < report["job"]["sample_count"]
    assert report["events"][-1]["what"] == "completed"
    assert report["extracts"][0]["staged_count"] == report["figures"]["source_count"]
    assert report["gates"]["passed"] == (account != "demo-trouble")


def test_every_test_of_dbt_is_in_it(servers: Any, report: dict[str, Any], account: str) -> None:
    """As many as dbt has, each passed, by model; those of the code ran with the first account."""
    target = servers.var_dir / account / "target"
    before = json.loads((target / "code_test_results.json").read_text())
    results = [result for kind in before.values() for result in kind["results"]]
    results += json.loads((target / "run_results.json").read_text())["results"]
    ran = {
        result["unique_id"]
        for result in results
        if result["unique_id"].split(".")[0] in ("test", "unit_test")
    }
    manifest = json.loads((target / "manifest.json").read_text())
    tests = [key for key in manifest["nodes"] if key.startswith("test.")]
    assert ran == {*tests, *manifest["unit_tests"]}
    build = report["dbt_build"]
    assert sum(row["test_count"] for row in build["counts"]) == len(ran) > 100
    assert sum(len(model["tests"]) for model in build["models"]) == len(ran)
    assert {row["status"] for row in build["counts"]} == {"pass"}
    assert "balance" in {model["model"] for model in build["models"]}


def test_no_personal_data_is_in_it(
    servers: Any, mongo: Any, crm: psycopg.Connection[Any], account: str
) -> None:
    """No e-mail address, and no name of a user or a contact."""
    users = crm.execute("select email, full_name from users").fetchall()
    contacts = mongo.contacts.find({"company_sso_id": COMPANY_IDS[account]}, {"name": 1})
    private = {text for row in users for text in row if text}
    private |= {contact["name"] for contact in contacts if contact.get("name")}
    folder = servers.var_dir / account / "report"
    for name in ("report.json", "index.html", "not_migrated.csv", "contacts_to_mend.csv"):
        text = (folder / name).read_text()
        assert "@" not in text.replace("@media", "").replace("@page", "")
        assert not [each for each in private if each in text]


def test_the_page_is_whole_by_itself(servers: Any, account: str) -> None:
    """It loads nothing, no address and no script of another file; its first screen's numbers are in it."""
    page = (servers.var_dir / account / "report" / "index.html").read_text()
    figures = report_of(servers, account)["figures"]
    assert "<script " not in page
    assert not [part for part in ('src="', "url(", "@import") if part in page]
    assert "http" not in page.replace("http://www.w3.org/", "")
    assert f"{figures['mongo_count']:,}" in page
    assert page.count('role="img"') == 2


def test_report_status_api_and_page_tell_the_same(
    servers: Any, migrated: Run, mongo: Any, report: dict[str, Any], account: str
) -> None:
    """Figures and counts are one job's, wherever somebody reads them."""
    status = json.loads(migrated("loaders", "status", "--account", account, "--json").stdout)
    told = migrated("loaders", "status", "--account", account).stdout
    own = {"MIGRATION_BASIC_USERNAME": USERNAME, "MIGRATION_BASIC_PASSWORD": PASSWORD}
    own |= {"IAG_SESSION_SECRET": SECRET, "VAR_DIR": str(servers.var_dir)}
    settings = AppSettings.from_env({**servers.env, **own})
    company = {"company_sso_id": COMPANY_IDS[account]}
    with serving(settings) as url, Service(settings, mongo, url).as_service() as client:
        api = client.get("/private/activity_logs/crm_migration/status", params=company).json()
        page = client.get(f"/ops/{account}").text
    assert report["job"]["counts"] == status["counts"] == api["counts"]
    for name in ("accuracy_pct", "eligible_accuracy_pct", "fidelity_pct"):
        value = report["figures"][name]
        assert value == status[name] == api[name]
        assert share_text(value) in told
        assert share_text(value) in page
    for reason, count in status["reasons"].items():
        assert f"{reason} {count:,}" in told


def test_the_report_is_kept_by_its_run(servers: Any, mongo: Any, account: str) -> None:
    """With dbt's manifest and results, the same facts, and links that lead somewhere from there."""
    folder = servers.var_dir / account
    kept = folder / "runs" / last_job(mongo, account)["job_id"]
    facts = (folder / "report" / "report.json").read_bytes()
    assert (kept / "report.json").read_bytes() == facts
    page = (kept / "index.html").read_text()
    links = {
        link for link in re.findall(r'href="([^"#]+)', page) if link.endswith((".html", ".csv"))
    }
    assert links == {"../index.html", "../../docs/index.html"}
    assert (kept / "../index.html").exists()
    assert (kept / "manifest.json").exists()
    assert (kept / "run_results.json").exists()
