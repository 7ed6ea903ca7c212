"""A fleet moves accounts on a Dask cluster; what it cannot begin with it says in one line."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from loaders.fleet.cluster import opened_cluster
from tests.end_to_end.conftest import ROOT, Run, environment, hash_of, last_job
from tests.places.clusters import Cluster


def test_a_blocked_account_stops_no_other(migrated: Run, mongo: Any) -> None:
    """The other is run again and stays as it is; the exit code is the worst."""
    before = hash_of(mongo, {}), last_job(mongo, "demo-other")["job_id"]
    fleet = ["--accounts", "demo-trouble demo-other", "--workers", "1", "--again"]
    done = migrated("loaders", "fleet", *fleet)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "demo-trouble: blocked: account demo-trouble does not pass 1 of its gates" in done.stdout
    assert "demo-other: completed" in done.stdout
    assert "fleet: 2 of 2 accounts" in done.stdout
    assert "not every account ended well: demo-trouble;" in done.stderr
    job = last_job(mongo, "demo-other")
    assert job["job_id"] != before[1]
    assert (job["status"], job["counts"]["migrated"]) == ("completed", 0)
    assert hash_of(mongo, {}) == before[0]


def test_what_has_completed_is_left_alone(migrated: Run, mongo: Any) -> None:
    """Without AGAIN=1 no job is made."""
    before = last_job(mongo, "demo-other")
    assert before["status"] == "completed"
    done = migrated("loaders", "fleet", "--accounts", "demo-other", "--workers", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_job(mongo, "demo-other") == before


@pytest.mark.usefixtures("migrated")
def test_a_cluster_without_workers_is_waited_for(servers: Any) -> None:
    """The command says what it waits for, and goes on with the first worker."""
    env = environment(servers, PYTHONUNBUFFERED="1")
    cluster = Cluster(ROOT, env, worker_count=1)
    fleet = ["loaders", "fleet", "--accounts", "demo-other", "--scheduler"]
    try:
        cluster.start_scheduler()
        command = [sys.executable, "-m", *fleet, cluster.address]
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout
            assert "no worker is connected to the scheduler" in run.stdout.readline()
            cluster.start_workers()
            assert "demo-other: completed" in run.stdout.read()
        assert run.returncode == 0
    finally:
        cluster.end()


def test_a_cluster_opens_no_door(tmp_path: Path) -> None:
    """Its modules come from no folder that others may write, and it serves nothing by HTTP."""
    with opened_cluster(None, 1, 1, tmp_path / "var") as client:
        [found] = client.run(lambda: list(sys.path)).values()
        port = client.scheduler_info()["services"].get("dashboard", 8787)
        with suppress(httpx.ConnectError):
            answer = httpx.get(f"http://127.0.0.1:{port}/json/identity.json")
            assert answer.status_code == 404
    scratch = [Path(each) for each in found if "scratch" in each]
    assert scratch
    assert all(each.is_relative_to(tmp_path) for each in scratch)
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("options", "exit_code", "line"),
    [
        (["--accounts", "nowhere"], 2, "error: unknown account 'nowhere'"),
        (["--accounts", " , "], 6, "error: no account is named"),
        (["--workers", "0"], 2, "error: WORKERS: Invalid value for '--workers'"),
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
    refused = migrated("loaders", "fleet", *options, MAKE_TARGET="fleet")
    assert refused.returncode == exit_code, refused.stdout + refused.stderr
    assert refused.stderr.strip().splitlines()[-1].startswith(line)
    assert refused.stdout == ""
