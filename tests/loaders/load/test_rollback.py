"""A rollback deletes the account's migrated logs and nothing else (rule: rollback)."""

import ast
from pathlib import Path

import pytest

from ingest.shared.settings import ROOT
from loaders.jobs.lease import new_lease
from loaders.jobs.store import Jobs
from tests.loaders.conftest import Place
from tests.places.mart_sources import COMPANY_ID

DELETERS = {
    "delete_one",
    "delete_many",
    "find_one_and_delete",
    "find_one_and_replace",
    "replace_one",
    "bulk_write",
    "drop",
    "drop_collection",
    "drop_database",
    "DeleteOne",
    "DeleteMany",
    "ReplaceOne",
}


@pytest.fixture
def loaded(place: Place) -> Place:
    """Fifty documents, a native log, and another account's log."""
    place.database.activity_logs.insert_many(
        [
            {"company_sso_id": COMPANY_ID, "action": "native"},
            {
                "company_sso_id": "other",
                "external_id": "crm_audit_1",
                "source_tag": "crm_migration",
            },
        ]
    )
    place.fill_with(50)
    assert place.run("load").returncode == 0
    return place


def test_a_dry_run_only_counts(loaded: Place) -> None:
    """The count is shown and nothing is deleted."""
    done = loaded.run("rollback", "--dry-run")
    assert done.returncode == 0
    assert "50 migrated logs" in done.stdout
    assert loaded.database.activity_logs.count_documents({}) == 52
    assert loaded.job()["status"] == "completed"


def test_only_the_account_s_migrated_logs_go(loaded: Place) -> None:
    """The native log and the other account's log stay; the job is rolled back."""
    done = loaded.run("rollback", "--yes")
    assert done.returncode == 0, done.stderr
    left = [document.get("action", "other") for document in loaded.database.activity_logs.find()]
    assert sorted(left) == ["native", "other"]
    assert loaded.job()["status"] == "rolled_back"


def test_a_rolled_back_account_can_be_loaded_again(loaded: Place) -> None:
    """A new job inserts all of it."""
    assert loaded.run("rollback", "--yes").returncode == 0
    assert loaded.run("load").returncode == 0
    assert loaded.job()["counts"]["migrated"] == 50


def test_a_rollback_of_nothing_is_nothing_to_do(place: Place) -> None:
    """Exit code 6."""
    assert place.run("rollback").returncode == 6


def test_a_rollback_is_refused_while_a_job_runs(loaded: Place) -> None:
    """Nothing is deleted, and the job that runs is named."""
    job = Jobs(loaded.database, loaded.account).start(requested_by="anna")
    done = loaded.run("rollback", "--yes")
    assert done.returncode == 1
    assert job.job_id in done.stderr
    assert loaded.database.activity_logs.count_documents({}) == 52


@pytest.mark.parametrize("command", [("rollback", "--yes"), ("load",)], ids=" ".join)
def test_a_killed_rollback_is_finished_by_the_next_command(
    loaded: Place, command: tuple[str, ...]
) -> None:
    """A job left in `rolling_back` by a dead process; a load begins after it, with a new job."""
    jobs = Jobs(loaded.database, loaded.account)
    job_id = loaded.job()["job_id"]
    jobs.set_status(job_id, ["completed"], status="rolling_back", lease=None)
    assert loaded.run(*command).returncode == 0
    rolled_back = jobs.collection.find_one({"job_id": job_id})
    assert rolled_back
    assert (rolled_back["status"], rolled_back["records_removed"]) == ("rolled_back", 50)
    assert loaded.job()["status"] == ("rolled_back" if "rollback" in command else "completed")


def test_a_whole_rollback_after_a_killed_partial_one_deletes_all(loaded: Place) -> None:
    """The killed one ends with what it deleted; then goes what was asked for."""
    jobs = Jobs(loaded.database, loaded.account)
    killed = {"only": "drift", "before": "completed"}
    fields = {"status": "rolling_back", "lease": None, "rollback": killed}
    jobs.set_status(loaded.job()["job_id"], ["completed"], **fields)
    done = loaded.run("rollback", "--yes")
    assert "50 deleted, 0 left" in done.stdout
    assert loaded.database.activity_logs.count_documents({}) == 2


def test_it_is_said_how_many_logs_would_be_lost_or_that_nobody_knows(loaded: Place) -> None:
    """A run that ended before it counted them does not say that there are none."""
    jobs, job_id = Jobs(loaded.database, loaded.account), loaded.job()["job_id"]
    jobs.set_status(job_id, ["completed"], kept_count=None)
    told = loaded.run("rollback", "--dry-run").stdout
    assert "of which nobody knows how many no run can write again" in told
    jobs.set_status(job_id, ["completed"], kept_count=3)
    jobs.start(requested_by="anna").finish("failed", error="the CRM is down")
    assert "50 migrated logs, 3 of which no run can write again, by the run of" in (
        loaded.run("rollback", "--dry-run").stdout
    )


def test_a_rollback_that_somebody_holds_is_left_alone(loaded: Place) -> None:
    """Until its lease is over, or its holder's process is gone, nobody else goes on with it."""
    jobs = Jobs(loaded.database, loaded.account)
    lease = new_lease("another-machine:1:1")
    jobs.set_status(loaded.job()["job_id"], ["completed"], status="rolling_back", lease=lease)
    assert loaded.run("load").returncode == 1
    assert loaded.job()["status"] == "rolling_back"


def test_a_rollback_that_failed_is_tried_again(loaded: Place) -> None:
    """`rollback_failed` is no dead end."""
    jobs = Jobs(loaded.database, loaded.account)
    jobs.set_status(loaded.job()["job_id"], ["completed"], status="rollback_failed")
    assert loaded.run("rollback", "--yes").returncode == 0
    assert loaded.job()["status"] == "rolled_back"


def test_rollback_is_the_only_deleter() -> None:
    """No other module names a call that deletes or replaces documents."""
    found = {
        (path.name, name)
        for path in (ROOT / "loaders").rglob("*.py")
        for name in called_names(path)
        if name in DELETERS
    }
    assert found == {("rollback.py", "delete_many")}


def called_names(path: Path) -> set[str]:
    """The attribute and function names that a module calls or imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}
