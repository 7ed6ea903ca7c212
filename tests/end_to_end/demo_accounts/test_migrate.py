"""One account's audits arrive once, and the sum closes (rules: job, reconciliation)."""

import csv
from typing import Any

import psycopg
import pytest

from tests.end_to_end.conftest import COMPANY_IDS, ORGANIZATION_IDS, ROOT, Run, hash_of, last_job

KEPT = "transform: nothing changed since the last build"


def mapped_types() -> list[str]:
    """The auditable types of the analysts' map and join models."""
    types: set[str] = set()
    for name in ("category_map", "join_models"):
        with (ROOT / f"dbt_project/seeds/{name}.csv").open() as seed:
            types |= {row["auditable_type"] for row in csv.DictReader(seed)}
    return sorted(types)


@pytest.mark.parametrize("account", COMPANY_IDS)
def test_the_balance_closes_by_hand(
    migrated: Run, mongo: Any, crm: psycopg.Connection[Any], account: str
) -> None:
    """Counts made here in PostgreSQL and MongoDB equal the job's, and the sum of outcomes closes."""
    assert callable(migrated)
    job = last_job(mongo, account)
    found = crm.execute(
        "select count(*) from audits where organization_id = %s and auditable_type = any(%s)",
        [ORGANIZATION_IDS[account], mapped_types()],
    ).fetchone()
    assert found is not None
    stored = mongo.activity_logs.count_documents(
        {"company_sso_id": COMPANY_IDS[account], "source_tag": "crm_migration"}
    )
    counts = job["counts"]
    assert counts["source"] == counts["staged"] == found[0] > 0
    assert counts["migrated"] + counts["already_present"] == stored > 0
    assert found[0] == stored + counts["skipped"] + counts["failed"]
    assert sum(job["reasons"].values()) == counts["skipped"] + counts["failed"]
    assert job["accuracy_pct"] == pytest.approx(100 * stored / found[0], abs=0.01)
    assert job["status"] == "completed"


def test_every_kind_of_trouble_is_met(migrated: Run, mongo: Any) -> None:
    """The demo's third account holds unreadable changes, lost contacts and unmapped actions."""
    assert callable(migrated)
    reasons = last_job(mongo, "demo-trouble")["reasons"]
    assert {"unparseable_changes", "contact_not_found", "unmapped_action_type"} <= set(reasons)


def test_the_project_is_parsed_for_one_account(migrated: Run, servers: Any) -> None:
    """What dbt has parsed for the first account fits every other one, whatever its file's path."""
    assert callable(migrated)
    for account in list(COMPANY_IDS)[1:]:
        log = (servers.var_dir / account / "logs" / "dbt.log").read_text()
        assert "Found " in log
        assert "Unable to do partial parsing" not in log


def test_a_second_run_writes_nothing(migrated: Run, mongo: Any) -> None:
    """A finished account run again keeps its marts, inserts 0, and leaves every byte as it was."""
    query = {"company_sso_id": COMPANY_IDS["demo-gem"]}
    before = hash_of(mongo, query)
    done = migrated("loaders", "migrate", "--account", "demo-gem")
    assert done.returncode == 0, done.stdout + done.stderr
    assert KEPT in done.stdout
    assert last_job(mongo, "demo-gem")["counts"]["migrated"] == 0
    assert hash_of(mongo, query) == before


def test_only_new_audits_move_later(migrated: Run, mongo: Any) -> None:
    """Audits added to the source since are the only ones that a later run inserts."""
    query = {"company_sso_id": COMPANY_IDS["demo-small"], "source_tag": "crm_migration"}
    before = {document["_id"] for document in mongo.activity_logs.find(query, {"_id": 1})}
    staged = last_job(mongo, "demo-small")["counts"]["staged"]
    added = migrated("ingest.demo", "add", "--account", "demo-small", "--rows", "50", "--seed", "7")
    assert added.returncode == 0, added.stdout + added.stderr
    done = migrated("loaders", "migrate", "--account", "demo-small")
    assert done.returncode == 0, done.stdout + done.stderr
    assert KEPT not in done.stdout
    after = {document["_id"] for document in mongo.activity_logs.find(query, {"_id": 1})}
    counts = last_job(mongo, "demo-small")["counts"]
    assert staged < counts["staged"] <= staged + 50
    assert counts["migrated"] == len(after - before) > 0
    assert before <= after


def test_native_logs_are_untouched(migrated: Run, mongo: Any, native_hash: str) -> None:
    """The CDP's own logs are the same bytes as before the first run."""
    assert callable(migrated)
    assert hash_of(mongo, {"source_tag": {"$exists": False}}) == native_hash


def test_a_document_changed_by_others_is_found_and_never_overwritten(
    migrated: Run, mongo: Any
) -> None:
    """The sum still closes; the run ends with 5, and with 0 once the document is put right."""
    query = {"company_sso_id": COMPANY_IDS["demo-gem"], "source_tag": "crm_migration"}
    before = mongo.activity_logs.find_one(query, sort=[("_id", 1)])
    assert before is not None
    rogue_content = {"category": "rogue", "metadata.content_hash": "0" * 64}
    mongo.activity_logs.update_one({"_id": before["_id"]}, {"$set": rogue_content})
    rogue = migrated("loaders", "migrate", "--account", "demo-gem")
    job = last_job(mongo, "demo-gem")
    found = mongo.activity_logs.find_one({"_id": before["_id"]})
    mongo.activity_logs.replace_one({"_id": before["_id"]}, before)
    assert rogue.returncode == 5, rogue.stdout + rogue.stderr
    assert "does not close" not in rogue.stderr
    assert job["counts"]["failed"] == 0
    assert job["differences"] == {"content": 1}
    assert job["explained_pct"] == 100
    assert found["category"] == "rogue"
    assert migrated("loaders", "migrate", "--account", "demo-gem").returncode == 0
