"""More than 10 % of failures halt a run, and nothing is written after (rule: loading)."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.faults.score import Score
from tests.places.copies import Place
from tests.places.mart_sources import write_sources
from tests.places.warehouses import audits_of, mart_row, write_warehouse

HALTED = 4
BATCH = 1_000
FAILED = ("failed", "unparseable_changes")
OURS = {"source_tag": "crm_migration"}


def fill(place: Place, failed: Iterable[int], total: int) -> None:
    """Write a mart of so many audits, of which some failed in the transform, and its sources."""
    outcomes = dict.fromkeys(failed, FAILED)
    rows = [mart_row(number) for number in range(1, total + 1) if number not in outcomes]
    write_warehouse(place.folder, rows, outcomes)
    with place.cdp() as database:
        audits = audits_of(rows, outcomes)
        write_sources(place.env["CRM_DEMO_ADMIN_URL"], database, audits)


def loaded_ids(place: Place) -> list[int]:
    """Return the audits that are in MongoDB, in order."""
    with place.cdp() as database:
        found = database.activity_logs.find(OURS, {"metadata.crm_audit_id": 1})
        return sorted(each["metadata"]["crm_audit_id"] for each in found)


@pytest.mark.parametrize(
    ("failed", "total", "exit_code"),
    [
        pytest.param(1, 10, 0, id="10.00 % of 10"),
        pytest.param(1_000, 10_000, 0, id="10.00 % of 10,000", marks=pytest.mark.long),
        pytest.param(1_001, 10_000, HALTED, id="10.01 % of 10,000"),
    ],
)
def test_ten_percent_goes_on_and_a_hundredth_more_halts(
    ready: Place, score: Score, failed: int, total: int, exit_code: int
) -> None:
    """The failures come last: before them nothing speaks against the run."""
    fill(ready, range(total - failed + 1, total + 1), total)
    done = ready.run("loaders", "load")
    assert done.returncode == exit_code, done.stdout + done.stderr
    job = ready.job()
    assert job["status"] == ("halted" if exit_code else "completed")
    assert job["failure_rate"] == failed / total
    score.told(f"{100 * failed / total:.2f} % fail", "halts" if exit_code else "goes on")


@pytest.mark.long
def test_every_tenth_audit_may_fail(ready: Place) -> None:
    """The rate is met at every batch, and is never more than it may be."""
    fill(ready, range(10, 10_001, 10), 10_000)
    ready.done("loaders", "load")
    assert len(loaded_ids(ready)) == 9_000


CLUSTERS: dict[str, tuple[Iterable[int], int | None]] = {
    "at once": (range(1, 201), None),
    "in the first batch": ([1, *range(10, 9_001, 10)], None),
    "later": (range(5_001, 6_001), 5_000),
}


@pytest.mark.parametrize(
    "when",
    [*(pytest.param(each, marks=pytest.mark.long) for each in list(CLUSTERS)[:-1]), "later"],
)
def test_after_a_halt_nothing_is_written_until_it_is_resumed(
    ready: Place, score: Score, when: str
) -> None:
    """No batch begins that could not mend it; a further call refuses; RESUME=1 goes on to the end."""
    failed, last_audit_id = CLUSTERS[when]
    fill(ready, failed, 10_000)
    assert ready.run("loaders", "load").returncode == HALTED
    loaded = loaded_ids(ready)
    expected = [
        number for number in range(1, (last_audit_id or 0) + 1) if number not in set(failed)
    ]
    assert loaded == expected
    assert ready.job()["last_audit_id"] == last_audit_id
    assert in_flight(loaded, set(failed)) <= BATCH
    refused = ready.run("loaders", "load")
    assert (refused.returncode, "RESUME=1" in refused.stderr) == (HALTED, True)
    assert loaded_ids(ready) == loaded
    ready.done("loaders", "load", "--resume")
    assert loaded_ids(ready) == [n for n in range(1, 10_001) if n not in set(failed)]
    job = ready.job()
    assert (job["status"], job["counts"]["failed"]) == ("completed", len(set(failed)))
    score.told(f"more than 10 % fail, {when}", "halts before the next batch, goes on by RESUME")


def in_flight(loaded: list[int], failed: set[int]) -> int:
    """Count the documents whose audits come after the one that broke the limit."""
    count = 0
    for number in range(1, 10_001):
        count += number in failed
        if 10 * count > number and number >= BATCH:
            return sum(each > number for each in loaded)
    return 0


def test_a_killed_load_halts_no_later(ready: Place, small: Any) -> None:
    """Failures that were counted before a kill count after it."""
    assert small
    fill(ready, [*range(1, 100), *range(9_000, 10_001)], 10_000)
    with ready.start("loaders", "load") as load:
        while len(loaded_ids(ready)) < 3 * BATCH and load.poll() is None:
            pass
        load.kill()
    assert ready.run("loaders", "load").returncode == HALTED
    assert ready.job()["counts"]["failed"] == 1_100
