"""From a preview to a signature: what an analyst does with an account (rule: sign-off)."""

import hashlib
import json
import re
from typing import Any

from bson import encode

from tests.end_to_end.conftest import Run, last_job

ACCOUNT = "demo-medium"


def database_hash(mongo: Any) -> str:
    """One hash over every byte of every collection, its name and its indexes."""
    digest = hashlib.sha256()
    for name in sorted(mongo.list_collection_names()):
        digest.update(f"{name} {sorted(mongo[name].index_information())}".encode())
        for document in mongo[name].find({}).sort("_id", 1):
            digest.update(encode(document))
    return digest.hexdigest()


def test_a_run_does_what_its_preview_says_and_can_be_signed(
    migrated: Run, servers: Any, mongo: Any
) -> None:
    """New audits: the preview writes nothing, the run inserts what it says, a person signs."""
    added = migrated("ingest.demo", "add", "--account", ACCOUNT, "--rows", "30", "--seed", "5")
    assert added.returncode == 0, added.stdout + added.stderr
    folder = servers.var_dir / ACCOUNT
    before = database_hash(mongo)
    shown = migrated("loaders", "migrate", "--account", ACCOUNT, "--dry-run")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert database_hash(mongo) == before
    preview = json.loads((folder / "preview" / "report.json").read_text())
    fates = {row["fate"]: row["log_count"] for row in preview["load_preview"]}
    assert preview["is_preview"]
    assert preview["verdict"]["is_good"]
    assert f"{fates['inserted']:,} documents would be inserted" in shown.stdout
    assert "nothing was written" in (folder / "preview" / "index.html").read_text()

    done = migrated("loaders", "migrate", "--account", ACCOUNT)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = last_job(mongo, ACCOUNT)["counts"]
    assert counts["migrated"] == fates["inserted"] > 0
    assert counts["already_present"] == fates["already_present"]

    told = migrated(
        "loaders", "report-diff", "--account", ACCOUNT, "--a", "previous", "--b", "last", "--json"
    )
    changes = {(each["section"], each["name"]): each for each in json.loads(told.stdout)}
    stored = changes["figures", "mongo_count"]
    assert stored["after"] - stored["before"] == fates["inserted"]
    by_category = [
        each["after"] - (each["before"] or 0)
        for (section, _), each in changes.items()
        if section == "documents in MongoDB by category and action"
    ]
    assert sum(by_category) == fates["inserted"]

    page = folder / "report" / "index.html"
    written = page.read_bytes()
    page.write_bytes(written.replace(b"</title>", b" (forged)</title>"))
    refused = migrated("loaders", "signoff", "--account", ACCOUNT, "--by", "Ana Lyst")
    assert refused.returncode == 5
    assert "the report is not as it was written" in refused.stderr
    page.write_bytes(written)
    signed = migrated("loaders", "signoff", "--account", ACCOUNT, "--by", "Ana Lyst")
    assert signed.returncode == 0, signed.stderr
    report = (folder / "report" / "report.json").read_bytes()
    assert hashlib.sha256(report).hexdigest() in signed.stdout
    assert hashlib.sha256(report).hexdigest() in (folder / "report" / "index.html").read_text()
    again = migrated("loaders", "report", "--account", ACCOUNT)
    assert again.returncode == 0, again.stderr
    assert (folder / "report" / "report.json").read_bytes() == report
    status = migrated("loaders", "status", "--account", ACCOUNT).stdout
    assert re.search(r"^signed by Ana Lyst at ", status, re.MULTILINE)


def test_the_overview_tells_every_account(migrated: Run, servers: Any, mongo: Any) -> None:
    """Each account of the seed with its last run; figures as the jobs have them."""
    done = migrated("loaders", "overview")
    assert done.returncode == 0, done.stderr
    folder = servers.var_dir / "overview"
    facts = json.loads((folder / "overview.json").read_text())
    page = (folder / "index.html").read_text()
    assert [row["account"] for row in facts["accounts"]] == [
        "demo-small",
        "demo-medium",
        "demo-trouble",
        "demo-gem",
        "demo-other",
    ]
    for row in facts["accounts"]:
        job = last_job(mongo, row["account"])
        assert row["status"] == job["status"]
        assert row["figures"]["accuracy_pct"] == job["accuracy_pct"]
        assert row["gates"]["passed"] == (row["account"] != "demo-trouble")
        assert row["display_name"] in page


def test_an_overview_without_mongodb_is_one_clear_error(migrated: Run) -> None:
    """It says what cannot be reached, and no password."""
    url = "mongodb://user:secret@127.0.0.1:1/cdp?serverSelectionTimeoutMS=300"
    done = migrated("loaders", "overview", CDP_MONGO_URL=url)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "MongoDB (CDP_MONGO_URL) cannot be reached" in done.stderr
    assert "secret" not in done.stderr
