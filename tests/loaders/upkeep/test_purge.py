"""``make purge``: an account's staging goes once its run is signed (rule: security)."""

import pytest

from loaders.errors import PurgeError
from loaders.jobs.errors import JobAlreadyRunningError
from loaders.jobs.store import Jobs
from loaders.upkeep.purge import purge
from tests.loaders.conftest import Place


def finished(place: Place, status: str) -> None:
    """Give the place a staging, a report, and a job of that status."""
    place.fill_with(3)
    (place.folder / "report").mkdir()
    job = Jobs(place.database, place.account).start(requested_by="test")
    if status != "in_progress":
        job.finish(status)


def test_an_unsigned_account_keeps_its_staging(place: Place) -> None:
    """The message tells to sign, or to force."""
    finished(place, "completed")
    with pytest.raises(PurgeError, match="its last run is not signed"):
        purge(place.database, place.account, place.folder, force=False)
    assert (place.folder / "staging.duckdb").exists()
    assert purge(place.database, place.account, place.folder, force=True) == ["staging.duckdb"]
    assert [path.name for path in place.folder.iterdir()] == ["report"]
    assert purge(place.database, place.account, place.folder, force=True) == []


def test_a_running_job_keeps_its_staging(place: Place) -> None:
    """Even when it is forced."""
    finished(place, "in_progress")
    with pytest.raises(JobAlreadyRunningError):
        purge(place.database, place.account, place.folder, force=True)
    assert (place.folder / "staging.duckdb").exists()
