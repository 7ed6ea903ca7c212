"""One active job per account; a dead worker's job is taken over (rule: job)."""

from datetime import timedelta
from typing import Any

import pytest

from loaders.jobs.errors import JobAlreadyRunningError, LeaseLostError, NoResumableJobError
from loaders.jobs.lease import LEASE, is_over, new_lease, own_name
from loaders.jobs.store import Jobs
from tests.loaders.conftest import Place
from tests.places.moments import moment


@pytest.fixture
def jobs(place: Place) -> Jobs:
    """The account's jobs."""
    return Jobs(place.database, place.account)


def test_a_second_trigger_is_refused(jobs: Jobs) -> None:
    """The error names the job that runs."""
    first = jobs.start(requested_by="anna")
    with pytest.raises(JobAlreadyRunningError, match=first.job_id):
        jobs.start(requested_by="bert")


def test_the_database_itself_allows_one_job(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a worker that does not see the running job cannot make another."""
    jobs.start(requested_by="anna")
    monkeypatch.setattr(jobs, "running", lambda: None)
    with pytest.raises(JobAlreadyRunningError):
        jobs.start(requested_by="bert")


def test_an_expired_lease_is_taken_over(jobs: Jobs) -> None:
    """The job goes on under its new holder, and the old one learns it at its next update."""
    first = jobs.start(requested_by="anna")
    first.update(last_audit_id=7)
    past = {"owner": "another-machine:1:1", "expires_at": moment() - timedelta(seconds=1)}
    jobs.set_status(first.job_id, ["in_progress"], lease=past)
    second = jobs.start(requested_by="bert")
    assert (second.job_id, second.document["last_audit_id"]) == (first.job_id, 7)
    assert second.document["events"][-1]["what"] == "takeover"
    jobs.set_status(first.job_id, ["in_progress"], lease=new_lease("a third"))
    with pytest.raises(LeaseLostError):
        first.update(last_audit_id=8)


def test_a_living_lease_is_not_over() -> None:
    """A live process and another machine keep their lease; a dead process of here does not."""
    machine, pid, started = own_name().split(":")
    now = moment()

    def leased(owner: str, length: timedelta = LEASE) -> dict[str, Any]:
        return {"owner": owner, "expires_at": now + length}

    assert not is_over(leased(own_name()), now)
    assert not is_over(leased("another-machine:1:1"), now)
    assert is_over(leased("another-machine:1:1", timedelta()), now)
    assert is_over(leased(f"{machine}:{pid}:1"), now)
    assert is_over(leased(f"{machine}:4194304:{started}"), now)


def test_a_lease_that_ends_in_a_year_is_none(jobs: Jobs) -> None:
    """A dead host with a wrong clock wrote it: the job is taken over, not blocked for a year."""
    first = jobs.start(requested_by="anna")
    strange = new_lease("another-machine:1:1", timedelta(days=365))
    jobs.set_status(first.job_id, ["in_progress"], lease=strange)
    assert jobs.start(requested_by="bert").job_id == first.job_id


def test_a_job_dated_into_the_future_hides_no_newer_one(jobs: Jobs) -> None:
    """The newest job is the one that was stored last, by MongoDB's clock."""
    early = jobs.start(requested_by="anna")
    early.finish("completed")
    started_at = moment() + timedelta(minutes=30)
    jobs.set_status(early.job_id, ["completed"], started_at=started_at)
    newer = jobs.start(requested_by="bert")
    last = jobs.last()
    assert last is not None
    assert last["job_id"] == newer.job_id


def test_only_a_halted_or_failed_job_is_resumed(jobs: Jobs) -> None:
    """Resuming goes on with the same job; without one it is refused."""
    with pytest.raises(NoResumableJobError):
        jobs.start(requested_by="anna", resume=True)
    first = jobs.start(requested_by="anna")
    first.finish("halted", error="too many")
    resumed = jobs.start(requested_by="anna", resume=True)
    assert resumed.job_id == first.job_id
    assert resumed.document["status"] == "in_progress"
    assert resumed.document["error"] is None


def test_a_failed_job_keeps_its_error(jobs: Jobs) -> None:
    """Status, error, end and history are in the document."""
    job = jobs.start(requested_by="anna")
    job.finish("failed", error="no such thing")
    last = jobs.last()
    assert last is not None
    assert (last["status"], last["error"]) == ("failed", "no such thing")
    assert [happened["what"] for happened in last["events"]] == ["trigger", "failed"]
