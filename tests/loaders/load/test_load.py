"""Every row arrives once, whatever happens (rule: loading)."""

import subprocess
import time
from typing import Any

import pytest

from loaders.jobs.store import Jobs
from tests.loaders.conftest import Place
from tests.places.mart_sources import COMPANY_ID
from tests.places.warehouses import mart_row


def test_loading_twice_inserts_nothing_the_second_time(place: Place) -> None:
    """The second run finds all present and leaves every byte as it was."""
    place.fill_with(2_500)
    first = place.run("load")
    assert first.returncode == 0, first.stderr
    assert place.job()["counts"]["migrated"] == 2_500
    before = list(place.database.activity_logs.find({}))
    assert place.run("load").returncode == 0
    counts = place.job()["counts"]
    assert (counts["migrated"], counts["already_present"]) == (0, 2_500)
    assert list(place.database.activity_logs.find({})) == before


def test_a_document_has_the_form_of_the_specification(place: Place) -> None:
    """Names, types and absence are as the specification says."""
    place.fill_with(1)
    assert place.run("load").returncode == 0
    document = place.stored()["crm_audit_1"]
    assert "user_id" not in document
    assert document["actor"] == {"type": "system", "name": "Änne"}
    assert document["changes"] == [{"field": "name", "from": None, "to": "Deal 1"}]
    assert document["created_at"].isoformat() == "2024-01-01T12:01:00.123000"
    assert None not in document["metadata"].values()
    assert len(document["metadata"]["content_hash"]) == 64


def test_a_foreign_document_is_a_failure_and_is_never_overwritten(place: Place) -> None:
    """What this system did not write stays under the key, and the audit is counted as failed."""
    foreign = {"company_sso_id": COMPANY_ID, "external_id": "crm_audit_5", "note": "not ours"}
    place.database.activity_logs.insert_one(dict(foreign))
    place.fill_with(100)
    assert place.run("load").returncode == 0
    job = place.job()
    assert place.stored()["crm_audit_5"] == foreign
    assert job["reasons"] == {"foreign_document": 1}
    assert (job["counts"]["migrated"], job["counts"]["failed"]) == (99, 1)


def test_native_logs_and_other_accounts_are_untouched(place: Place) -> None:
    """A native log of the account and a log of another account with the same key stay as they are."""
    others = [
        {"company_sso_id": COMPANY_ID, "customer_id": "c", "action": "native"},
        {"company_sso_id": "other", "external_id": "crm_audit_1", "source_tag": "crm_migration"},
    ]
    place.database.activity_logs.insert_many(others)
    place.fill_with(10)
    assert place.run("load").returncode == 0
    for other in others:
        assert place.database.activity_logs.find_one({"_id": other["_id"]}) == other
    assert place.database.activity_logs.count_documents({}) == 12


@pytest.mark.parametrize(
    ("failed", "exit_code", "status"), [(100, 0, "completed"), (101, 4, "halted")]
)
def test_more_than_ten_percent_halts(
    place: Place, failed: int, exit_code: int, status: str
) -> None:
    """Exactly 10.00 % goes on; one more failure halts."""
    total = 1_000
    outcomes = dict.fromkeys(range(1, failed + 1), ("failed", "unparseable_changes"))
    place.fill((mart_row(audit_id) for audit_id in range(failed + 1, total + 1)), outcomes)
    done = place.run("load")
    assert done.returncode == exit_code, done.stderr
    assert place.job()["status"] == status


def test_nothing_is_written_after_a_halt_until_it_is_resumed(place: Place) -> None:
    """A halted job refuses to go on by itself, and goes on to the end when told to."""
    outcomes = dict.fromkeys(range(1, 201), ("failed", "unparseable_changes"))
    place.fill((mart_row(audit_id) for audit_id in range(201, 3_201)), outcomes)
    assert place.run("load").returncode == 4
    assert place.database.activity_logs.count_documents({}) == 0
    refused = place.run("load")
    assert refused.returncode == 4
    assert "RESUME=1" in refused.stderr
    assert place.database.activity_logs.count_documents({}) == 0
    assert place.run("load", "--resume").returncode == 0
    job = place.job()
    assert job["status"] == "completed"
    assert (job["counts"]["migrated"], job["counts"]["failed"]) == (3_000, 200)


def test_a_halt_comes_before_the_first_document_when_it_is_due(place: Place) -> None:
    """Foreign documents before the first fresh one are enough: none is written."""
    foreign = [{"company_sso_id": COMPANY_ID, "external_id": f"crm_audit_{n}"} for n in range(20)]
    place.database.activity_logs.insert_many(foreign)
    place.fill(mart_row(audit_id) for audit_id in range(60))
    assert place.run("load").returncode == 4
    assert place.database.activity_logs.count_documents({}) == 20
    assert place.job()["reasons"] == {"foreign_document": 20}
    assert place.run("load", "--resume").returncode == 0
    counts = place.job()["counts"]
    assert (counts["migrated"], counts["failed"]) == (40, 20)


def test_skips_count_but_never_as_failures(place: Place) -> None:
    """Skipped audits lower the failure rate and do not halt."""
    outcomes = dict.fromkeys(range(1, 901), ("skipped", "no_contact"))
    outcomes |= dict.fromkeys(range(901, 951), ("failed", "unparseable_changes"))
    place.fill((mart_row(audit_id) for audit_id in range(951, 1_001)), outcomes)
    assert place.run("load").returncode == 0
    job = place.job()
    assert job["failure_rate"] == pytest.approx(0.05)
    assert job["reasons"] == {"no_contact": 900, "unparseable_changes": 50}
    assert job["progress_pct"] == 100


def test_a_document_beyond_sixteen_megabytes_fails_alone(place: Place) -> None:
    """Its neighbours arrive; the audit has the reason `document_too_large`."""
    large = '[{"field": "note", "from": null, "to": "' + "x" * (16 * 1024 * 1024) + '"}]'
    logs = [mart_row(audit_id) for audit_id in range(1, 21)]
    logs[3] = mart_row(4, changes=large)
    place.fill(logs)
    assert place.run("load").returncode == 0
    assert place.job()["reasons"] == {"document_too_large": 1}
    assert place.database.activity_logs.count_documents({}) == 19


def test_a_document_that_the_server_refuses_fails_alone(place: Place) -> None:
    """A validator's refusal is retried, then it is a `write_error`; it can be mended later."""
    refuse: dict[str, Any] = {"external_id": {"$ne": "crm_audit_7"}}
    place.database.command("collMod", "activity_logs", validator=refuse)
    place.fill_with(50)
    assert place.run("load").returncode == 0
    assert place.job()["reasons"] == {"write_error": 1}
    place.database.command("collMod", "activity_logs", validator={})
    assert place.run("load").returncode == 0
    job = place.job()
    assert job["reasons"] == {}
    assert (job["counts"]["migrated"], job["counts"]["already_present"]) == (1, 49)


def test_a_killed_load_goes_on_to_the_same_collection(place: Place) -> None:
    """After `kill -9` the next call takes the job over, and its counts are those of one run."""
    place.fill_with(6_000)
    with subprocess.Popen(
        place.arguments("load"), env=place.env, stdout=subprocess.DEVNULL
    ) as process:
        while place.database.activity_logs.count_documents({}) < 2_000:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
    assert place.job()["status"] == "in_progress"
    job_id = place.job()["job_id"]
    again = place.run("load")
    assert again.returncode == 0, again.stderr
    job = place.job()
    assert (job["job_id"], job["status"]) == (job_id, "completed")
    assert job["counts"]["migrated"] == 6_000
    assert sorted(place.stored()) == sorted(f"crm_audit_{number}" for number in range(1, 6_001))


def test_another_machine_does_not_take_failures_for_migrated(place: Place) -> None:
    """A job that is taken over with another file of the same rows begins anew: it knows no failure."""
    large = '[{"field": "note", "from": null, "to": "' + "x" * (16 * 1024 * 1024) + '"}]'
    logs = [mart_row(audit_id) for audit_id in range(1, 21)]
    logs[14] = mart_row(15, changes=large)
    place.fill(logs)
    assert place.run("load").returncode == 0
    jobs = Jobs(place.database, place.account)
    job_id = place.job()["job_id"]
    jobs.set_status(job_id, ["completed"], status="in_progress", lease=None, last_audit_id=16)
    place.fill(logs)
    assert place.run("load").returncode == 0
    job = place.job()
    assert (job["job_id"], job["status"]) == (job_id, "completed")
    assert (job["counts"]["migrated"], job["counts"]["failed"]) == (19, 1)
    assert job["reasons"] == {"document_too_large": 1}


def test_a_resume_goes_on_although_the_account_lives_on(place: Place) -> None:
    """In a mart that has more by now the accepted failures still count as accepted, no others do."""
    outcomes = dict.fromkeys(range(1, 201), ("failed", "unparseable_changes"))
    place.fill((mart_row(audit_id) for audit_id in range(201, 1_001)), outcomes)
    assert place.run("load").returncode == 4
    place.fill((mart_row(audit_id) for audit_id in range(201, 1_002)), outcomes)
    assert place.run("load", "--resume").returncode == 0
    counts = place.job()["counts"]
    assert (counts["migrated"], counts["failed"]) == (801, 200)


def test_a_resume_halts_at_as_many_new_failures(place: Place) -> None:
    """Also in a mart that has more by now."""
    outcomes = dict.fromkeys(range(1, 201), ("failed", "unparseable_changes"))
    place.fill((mart_row(audit_id) for audit_id in range(201, 1_001)), outcomes)
    assert place.run("load").returncode == 4
    outcomes |= dict.fromkeys(range(1_001, 1_201), ("failed", "unparseable_changes"))
    place.fill((mart_row(audit_id) for audit_id in range(201, 1_001)), outcomes)
    assert place.run("load", "--resume").returncode == 4
