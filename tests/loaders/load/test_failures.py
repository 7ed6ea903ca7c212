"""Every audit that failed stands in the queue until it is migrated (queue of failed records)."""

import csv
from pathlib import Path
from typing import Any

from loaders.load.failures import FailureQueue
from loaders.transform.warehouse import Warehouse
from tests.loaders.conftest import Place
from tests.places.mart_sources import COMPANY_ID
from tests.places.warehouses import mart_row

UNREADABLE = ("failed", "unparseable_changes")


def queue(place: Place) -> list[dict[str, Any]]:
    """What the queue holds, by audit."""
    found = place.database.crm_activity_log_migration_failures.find({})
    return list(found.sort("crm_audit_id", 1))


def fill(place: Place, failed: range) -> None:
    """Write a mart of a hundred audits, of which some failed in the transform."""
    ready = (mart_row(number) for number in range(1, 101) if number not in failed)
    place.fill(ready, dict.fromkeys(failed, UNREADABLE))


def test_what_failed_stands_in_the_queue_until_it_is_migrated(place: Place) -> None:
    """Tried again it counts; mended it leaves; no value of it is kept."""
    fill(place, range(1, 4))
    assert place.run("load").returncode == 0
    first = queue(place)
    assert [(each["crm_audit_id"], each["times_tried"]) for each in first] == [
        (1, 1),
        (2, 1),
        (3, 1),
    ]
    assert set(first[0]) == {
        *("_id", "company_sso_id", "crm_audit_id", "reason", "job_id"),
        *("times_tried", "first_failed_at", "failed_at"),
    }
    fill(place, range(3, 4))
    assert place.run("load").returncode == 0
    [left] = queue(place)
    assert (left["crm_audit_id"], left["times_tried"]) == (3, 2)
    assert left["first_failed_at"] == first[2]["first_failed_at"] < left["failed_at"]


def test_a_load_that_halts_tells_its_failures_too(place: Place, tmp_path: Path) -> None:
    """All that the transform failed; the command lists them, and writes what to do to a file."""
    fill(place, range(1, 31))
    assert place.run("load").returncode == 4
    assert len(queue(place)) == 30
    path = tmp_path / "failed.csv"
    done = place.run("failures", "--csv", str(path))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [int(row["crm_audit_id"]) for row in rows] == list(range(1, 31))
    assert "put right in the CRM" in rows[0]["what_to_do"]
    told = place.run("failures").stdout
    assert "30 audits failed" in told
    assert told.splitlines()[-1].startswith("  unparseable_changes: ")


def test_a_rollback_empties_the_queue(place: Place) -> None:
    """Nothing of the account is migrated or failed any more; the next run finds it anew."""
    fill(place, range(1, 4))
    assert place.run("load").returncode == 0
    assert place.run("rollback", "--yes").returncode == 0
    assert queue(place) == []


def test_what_a_resume_migrates_leaves_the_queue(place: Place) -> None:
    """Although it is the same job that failed with it."""
    fill(place, range(1, 31))
    assert place.run("load").returncode == 4
    fill(place, range(3, 4))
    assert place.run("load", "--resume").returncode == 0
    [left] = queue(place)
    assert (left["crm_audit_id"], left["times_tried"]) == (3, 1)


def test_a_run_that_begins_later_forgets_no_failure_before(place: Place) -> None:
    """What its start leaves out was not tried again."""
    fill(place, range(1, 4))
    assert place.run("load").returncode == 0
    with Warehouse.opened(place.folder, COMPANY_ID) as warehouse:
        warehouse.execute("delete from marts.audit_outcomes where audit_id <> 2")
        warehouse.execute("update marts.audit_outcomes set outcome = 'skipped'")
        FailureQueue(place.database, COMPANY_ID).keep(warehouse, "another", is_whole=True)
    assert [each["crm_audit_id"] for each in queue(place)] == [1, 3]
