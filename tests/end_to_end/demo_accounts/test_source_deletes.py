"""The CRM deletes audits that were migrated: their documents stay, and nothing is alarmed."""

from typing import Any

import psycopg

from tests.end_to_end.conftest import COMPANY_IDS, Run, last_job


def test_a_deleted_audit_leaves_its_document(migrated: Run, servers: Any, mongo: Any) -> None:
    """The next run closes the sum with the document kept, and its accuracy speaks of the source."""
    added = migrated(
        "ingest.demo", "add", "--account", "demo-medium", "--rows", "20", "--seed", "77"
    )
    assert added.returncode == 0, added.stderr
    assert migrated("loaders", "migrate", "--account", "demo-medium").returncode == 0
    query = {"company_sso_id": COMPANY_IDS["demo-medium"], "source_tag": "crm_migration"}
    newest = list(mongo.activity_logs.find(query).sort("metadata.crm_audit_id", -1).limit(3))
    with psycopg.connect(servers.admin_url, autocommit=True) as crm:
        audit_ids = [found["metadata"]["crm_audit_id"] for found in newest]
        crm.execute("delete from audits where id = any(%s)", (audit_ids,))
    again = migrated("loaders", "migrate", "--account", "demo-medium")
    assert again.returncode == 0, again.stdout + again.stderr
    job = last_job(mongo, "demo-medium")
    assert (job["kept_count"], job["explained_pct"], job["fidelity_pct"]) == (3, 100.0, 100.0)
    kept = [mongo.activity_logs.find_one({"_id": found["_id"]}) for found in newest]
    assert kept == newest
    mongo.activity_logs.update_one({"_id": newest[0]["_id"]}, {"$set": {"action": "forged"}})
    changed = migrated("loaders", "reconcile", "--account", "demo-medium")
    assert changed.returncode == 5, changed.stdout + changed.stderr
    mongo.activity_logs.replace_one({"_id": newest[0]["_id"]}, newest[0])
    assert migrated("loaders", "migrate", "--account", "demo-medium").returncode == 0
