"""``make purge``: an account's staging goes once its run is signed (rule: security)."""

from pathlib import Path

import pytest

from loaders.errors import PurgeError
from loaders.jobs.errors import JobAlreadyRunningError
from loaders.jobs.store import Jobs
from loaders.upkeep.purge import purge
from loaders.upkeep.remains import remains
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
        purge(place.database, place.account, place.env, force=False)
    assert (place.folder / "staging.duckdb").exists()
    assert purge(place.database, place.account, place.env, force=True) == ["staging.duckdb"]
    assert [path.name for path in place.folder.iterdir()] == ["report"]
    assert purge(place.database, place.account, place.env, force=True) == []


def test_what_is_left_is_listed(place: Place) -> None:
    """Each file with what it holds, and each collection that names the company."""
    finished(place, "completed")
    (place.folder / "found").touch()
    purge(place.database, place.account, place.env, force=True)
    left = list(remains(place.database, place.account, place.folder))
    assert left[0].startswith(f"{place.folder}/found: not known")
    assert left[1].startswith(f"{place.folder}/report: the last report")
    assert "MongoDB crm_activity_log_migration_jobs: 1 documents of the company" in left


def test_a_running_job_keeps_its_staging(place: Place) -> None:
    """Even when it is forced."""
    finished(place, "in_progress")
    with pytest.raises(JobAlreadyRunningError):
        purge(place.database, place.account, place.env, force=True)
    assert (place.folder / "staging.duckdb").exists()


@pytest.mark.parametrize("name", ["", "staging.duckdb", "dlt"])
def test_what_a_link_leads_to_is_not_passed_over(place: Place, tmp_path: Path, name: str) -> None:
    """It is named and nothing is removed, although it is forced."""
    finished(place, "completed")
    linked = place.folder / name
    if linked.exists():
        linked.rename(tmp_path / "elsewhere")
    linked.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PurgeError, match=f"{linked} is a link to {tmp_path}/elsewhere"):
        purge(place.database, place.account, place.env, force=True)
    assert linked.is_symlink()
