"""A fleet moves many accounts at once; the `migrated` fixture is one."""

from typing import Any

import pytest

from tests.end_to_end.conftest import COMPANY_IDS, Run


def _job_ids(mongo: Any) -> set[str]:
    return {job["job_id"] for job in mongo.crm_activity_log_migration_jobs.find()}


def test_a_fleet_leaves_completed_accounts_alone(migrated: Run, mongo: Any) -> None:
    """Run again it makes no job, and tells how each account stands."""
    before = _job_ids(mongo)
    again = migrated("loaders", "fleet", "--accounts", " ".join(COMPANY_IDS))
    assert again.returncode == 0, again.stdout + again.stderr
    assert _job_ids(mongo) == before
    assert "fleet: 5 of 5 accounts" in again.stdout
    assert all(f"{account}: completed" in again.stdout for account in COMPANY_IDS)


@pytest.mark.parametrize(
    ("options", "exit_code", "line"),
    [
        (["--accounts", "nowhere"], 2, "error: account nowhere"),
        (["--accounts", " , "], 6, "error: no account is named"),
        (["--workers", "0"], 2, "error: Invalid value for '--workers'"),
        (
            ["--scheduler", "127.0.0.1"],
            2,
            "error: SCHEDULER: no Dask scheduler answers at 127.0.0.1",
        ),
    ],
)
def test_a_fleet_that_cannot_begin_is_one_line(
    options: list[str], exit_code: int, line: str, migrated: Run
) -> None:
    """Nothing is started."""
    refused = migrated("loaders", "fleet", *options)
    assert refused.returncode == exit_code, refused.stdout + refused.stderr
    assert refused.stderr.strip().splitlines()[-1].startswith(line)
    assert refused.stdout == ""
