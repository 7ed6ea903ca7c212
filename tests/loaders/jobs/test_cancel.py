"""A run is cancelled: queued, running, or left by a holder that is gone."""

import signal
import subprocess
import time
from datetime import timedelta

import pytest

from loaders.jobs.errors import JobCancelledError, JobOverError, NothingToCancelError
from loaders.jobs.lease import new_lease
from loaders.jobs.store import Jobs
from tests.loaders.conftest import Place


@pytest.fixture
def jobs(place: Place) -> Jobs:
    """The account's jobs."""
    return Jobs(place.database, place.account)


def test_nothing_is_cancelled_where_nothing_is_in_progress(place: Place, jobs: Jobs) -> None:
    """No job, or one that is over: exit code 6."""
    with pytest.raises(NothingToCancelError, match="never had one"):
        jobs.cancel(requested_by="anna")
    jobs.start(requested_by="anna").finish("completed")
    done = place.run("cancel")
    assert (done.returncode, "its last job is completed" in done.stderr) == (6, True)


def test_a_queued_job_ends(place: Place, jobs: Jobs) -> None:
    """It is `cancelled` at once, its history says by whom, and it can be resumed."""
    job = jobs.trigger(requested_by="anna")
    done = place.run("cancel")
    assert done.returncode == 0, done.stderr
    cancelled = place.job()
    assert (cancelled["status"], cancelled["events"][-1]["what"]) == ("cancelled", "cancelled")
    assert cancelled["finished_at"] is not None
    assert jobs.start(requested_by="anna", resume=True).job_id == job["job_id"]


@pytest.mark.parametrize("lease", [None, new_lease("gone:1:1", timedelta(days=365))])
def test_a_job_whose_holder_is_gone_is_freed(place: Place, jobs: Jobs, lease: object) -> None:
    """No lease, or one that ends in a year; its holder, if it lives after all, writes no more."""
    job = jobs.start(requested_by="anna")
    jobs.set_status(job.job_id, ["in_progress"], lease=lease)
    fence = jobs.cancel(requested_by="bert")["fence"]
    assert place.job()["status"] == "cancelled"
    assert fence > job.document["fence"]
    assert jobs.start(requested_by="bert").job_id != job.job_id


def test_a_held_job_learns_it_at_its_next_update(jobs: Jobs) -> None:
    """Until then it is in progress; a second holder does not go on with it either."""
    job = jobs.start(requested_by="anna")
    assert jobs.cancel(requested_by="bert")["status"] == "in_progress"
    with pytest.raises(JobCancelledError):
        job.update(phase="load")
    jobs.set_status(job.job_id, ["in_progress"], lease=None)  # it died before it could stop
    with pytest.raises(JobOverError):
        jobs.start(requested_by="bert")
    last = jobs.last()
    assert last is not None
    assert last["status"] == "cancelled"


@pytest.mark.parametrize("how", ["cancel", "SIGINT", "SIGTERM"])
def test_a_running_load_stops_and_goes_on_later(place: Place, jobs: Jobs, how: str) -> None:
    """It ends as `cancelled`, with one line; resumed it ends as one that was never stopped."""
    place.fill_with(20_000)
    with subprocess.Popen(
        place.arguments("load"),
        env=place.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as load:
        while place.database.activity_logs.count_documents({}) < 1_000:
            assert load.poll() is None
            time.sleep(0.005)
        if how == "cancel":
            assert jobs.cancel(requested_by="bert")["status"] == "in_progress"
        else:
            load.send_signal(signal.Signals[how])
        _, errors = load.communicate(timeout=60)
    assert load.returncode == 1, errors
    assert "is cancelled" in errors
    job = place.job()
    assert (job["status"], job["lease"], job["error"]) == ("cancelled", None, None)
    assert place.database.activity_logs.count_documents({}) < 20_000
    assert place.run("load", "--resume").returncode == 0
    again = place.job()
    assert (again["job_id"], again["counts"]["migrated"]) == (job["job_id"], 20_000)
