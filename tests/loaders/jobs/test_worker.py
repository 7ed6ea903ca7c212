"""Workers share queued and orphaned jobs, and never run one twice (rule: job)."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from ingest.shared.mongo import CdpDatabase, connected
from ingest.shared.progress import Unwatched
from ingest.shared.seeds import Account, find_account, read_accounts
from ingest.shared.settings import ROOT
from loaders.jobs.account_files import preview_path, staging_path
from loaders.jobs.errands import Errands
from loaders.jobs.errors import ErrandOpenError
from loaders.jobs.gates import last_probe
from loaders.jobs.lease import new_lease
from loaders.jobs.store import Jobs
from loaders.jobs.worker import MOST_ATTEMPTS, Worker
from loaders.load.rollback import Rollback
from loaders.upkeep.indexes import ensure_indexes
from tests.loaders.conftest import with_database
from tests.places import shared

ACCOUNT = "demo-small"


@dataclass(frozen=True)
class Workplace:
    """The account demo-small with its contacts, in a database and a folder of its own."""

    jobs: Jobs
    database: CdpDatabase
    env: dict[str, str]

    def worker(self, *options: str) -> "subprocess.Popen[str]":
        """Start a worker as its own process."""
        return subprocess.Popen(
            [sys.executable, "-m", "loaders", "worker", *options],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def work(self, env: Mapping[str, str]) -> None:
        """Run a worker in this process until no job waits."""

        def finish(account: Account) -> None:
            Rollback(self.database, account, "a worker").finish_killed(Unwatched())

        Worker(self.database, read_accounts, env, finish_rollback=finish).run(until_idle=True)

    def job(self) -> dict[str, Any]:
        """The newest job."""
        job = self.jobs.last()
        assert job is not None
        return job

    def wait_until(self, holds: Callable[[Mapping[str, Any]], bool]) -> None:
        """Wait until the newest job is as wanted."""
        deadline = time.monotonic() + 120
        while not holds(self.job()):
            assert time.monotonic() < deadline, self.job()
            time.sleep(0.1)


@pytest.fixture
def workplace(servers: Any, tmp_path: Path) -> Iterator[Workplace]:
    """A copy of the CDP without any log, and the CRM as it is."""
    url = with_database(servers.env["CDP_MONGO_URL"], f"worker_{uuid.uuid4().hex[:12]}")
    env = os.environ | servers.env
    env |= {"CDP_MONGO_URL": url, "VAR_DIR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT)}
    account = find_account(ACCOUNT)
    shared.take(tmp_path / "var")
    with (
        MongoClient[dict[str, Any]](servers.env["CDP_MONGO_URL"]) as client,
        connected(url) as database,
    ):
        for name in ("contacts", "crm_contact_id_map"):
            source = client.get_default_database()[name]
            database[name].insert_many(source.find({"company_sso_id": account.company_sso_id}))
        ensure_indexes(database)
        yield Workplace(Jobs(database, account), database, env)
        client.drop_database(database.name)


def test_of_two_workers_one_runs_a_queued_job(workplace: Workplace) -> None:
    """Both look at the same time; the job is completed, once, and the loser ends without noise."""
    job = workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    workers = [workplace.worker("--until-idle") for _ in range(2)]
    said = [worker.communicate(timeout=240)[1] for worker in workers]
    done = workplace.job()
    assert [worker.returncode for worker in workers] == [0, 0], said
    assert (done["job_id"], done["status"], done["phase"]) == (job["job_id"], "completed", "done")
    assert [each["what"] for each in done["events"]] == ["trigger", "takeover", "completed"]
    assert workplace.database.activity_logs.count_documents({}) == done["counts"]["migrated"] > 0
    assert done["usman"]["calls"] > 0
    ask_for_a_dry_run(workplace)
    assert not any(word in text for text in said for word in ("error", "warning")), said


def ask_for_a_dry_run(workplace: Workplace) -> None:
    """It leaves its page, and no job; a newer wish is not ended by who did an older one."""
    account, errands = find_account(ACCOUNT), Errands(workplace.database)
    errands.ask(account, "dry_run", "anna")
    workplace.work(workplace.env)
    done = errands.last(account)
    assert done
    assert done["problem"] is None
    assert preview_path(Path(workplace.env["VAR_DIR"]), account).exists()
    assert len(workplace.jobs.newest(2)) == 1
    errands.ask(account, "probe", "bert")
    errands.end(done, "of before")
    waiting = errands.last(account)
    assert waiting
    assert (waiting["what"], waiting["ended_at"]) == ("probe", None)


def test_a_killed_worker_s_job_is_finished_by_another(workplace: Workplace) -> None:
    """`kill -9` in the middle takes the child along; the next worker goes on with the same job."""
    job = workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    first = workplace.worker()
    workplace.wait_until(lambda job: job["phase"] == "extract")
    first.kill()
    first.communicate()
    second = workplace.worker("--until-idle")
    _, said = second.communicate(timeout=240)
    done = workplace.job()
    assert (done["job_id"], done["status"]) == (job["job_id"], "completed"), said
    assert done["fidelity_pct"] == 100
    assert workplace.database.activity_logs.count_documents({}) == done["counts"]["migrated"]


def test_a_worker_does_what_was_asked_beside_runs(workplace: Workplace) -> None:
    """A probe is kept; a sign-off without a run says why not; what ended is done once."""
    account, errands = find_account(ACCOUNT), Errands(workplace.database)
    errands.ask(account, "probe", "anna")
    workplace.work(workplace.env)
    done = errands.last(account)
    assert done
    assert (done["problem"], done["asked_at"] <= done["begun_at"] <= done["ended_at"]) == (
        None,
        True,
    )
    probe = last_probe(workplace.database, account)
    assert probe
    assert probe["passed"]
    errands.ask(account, "sign_off", "anna", by="Anna", note="", accept_drift=False)
    workplace.work(workplace.env)
    waiting = errands.last(account)
    assert waiting
    assert waiting["begun_at"] is None  # no worker here has the account's file
    staging_path(Path(workplace.env["VAR_DIR"]), account).touch(mode=0o600)
    workplace.work(workplace.env)
    done = errands.last(account)
    assert done
    assert done["problem"].startswith("cannot use the warehouse")
    assert workplace.jobs.last() is None


def test_what_a_dead_worker_was_asked_may_be_asked_again(workplace: Workplace) -> None:
    """While it lives nothing else is asked, and no run of the account begins."""
    account, errands = find_account(ACCOUNT), Errands(workplace.database)
    errands.ask(account, "dry_run", "anna")
    with pytest.raises(ErrandOpenError):
        errands.ask(account, "probe", "bert")
    worker = workplace.worker()
    while not errands.find_held():
        assert worker.poll() is None
        time.sleep(0.05)
    workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    second = workplace.worker("--until-idle")
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert workplace.job()["phase"] == "queued"
    with pytest.raises(ErrandOpenError):
        errands.ask(account, "probe", "bert")
    worker.kill()
    worker.communicate()
    errands.ask(account, "probe", "bert")
    asked = errands.last(account)
    assert asked
    assert (asked["what"], asked["begun_at"], asked["worker"]) == ("probe", None, None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_worker_gives_its_job_back(workplace: Workplace, number: int) -> None:
    """It ends with 0, its child is gone, and the job waits for the next worker, held by nobody."""
    workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    worker = workplace.worker()
    workplace.wait_until(lambda job: job["phase"] == "extract")
    worker.send_signal(number)
    _, said = worker.communicate(timeout=60)
    job = workplace.job()
    assert worker.returncode == 0, said
    assert (job["status"], job["lease"]) == ("in_progress", None)
    assert job["events"][-1]["what"] == "release"
    assert "run released" in said


def test_a_job_whose_run_cannot_start_is_given_up(workplace: Workplace) -> None:
    """The worker does not spin: the last of three attempts fails the job with the child's line."""
    workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    env = {**workplace.env, "CRM_AUDIT_DATABASE_URL": ""}
    workplace.work(env)
    job = workplace.job()
    what = [each["what"] for each in job["events"]]
    assert what == ["trigger", *["attempt"] * (MOST_ATTEMPTS - 1), "failed"]
    assert job["status"] == "failed"
    assert "CRM_AUDIT_DATABASE_URL is not set" in job["error"]


def test_a_job_that_somebody_holds_is_left_alone(workplace: Workplace) -> None:
    """A living lease of another machine: the worker finds nothing to do."""
    workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    lease = new_lease("another-machine:1:1")
    workplace.jobs.set_status(workplace.job()["job_id"], ["in_progress"], lease=lease)
    workplace.work(workplace.env)
    assert workplace.job()["lease"]["owner"] == "another-machine:1:1"


def test_a_job_that_is_over_is_not_begun_anew(workplace: Workplace) -> None:
    """A worker that comes too late starts no run of its own: exit code 6, no second job."""
    job = workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    workplace.jobs.set_status(job["job_id"], ["in_progress"], status="completed")
    arguments = ["migrate", "--account", ACCOUNT, "--job", job["job_id"]]
    done = subprocess.run(
        [sys.executable, "-m", "loaders", *arguments],
        cwd=ROOT,
        env=workplace.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 6
    assert workplace.jobs.collection.count_documents({}) == 1


def test_a_job_that_is_put_off_is_left_until_then(workplace: Workplace) -> None:
    """A run that waited long enough gives its job back with a time, by MongoDB's clock."""
    workplace.jobs.trigger(requested_by="anna", date_range_start=None)
    workplace.jobs.take_over(workplace.job()["job_id"], requested_by="a worker").release(
        300, "MongoDB cannot be reached"
    )
    workplace.work(workplace.env)
    job = workplace.job()
    assert [each["what"] for each in job["events"]] == ["trigger", "takeover", "release"]
    assert (job["status"], job["lease"]) == ("in_progress", None)


def test_a_rollback_that_was_killed_is_finished_by_a_worker(workplace: Workplace) -> None:
    """Nobody need call it again."""
    job = workplace.jobs.start(requested_by="anna")
    workplace.jobs.set_status(job.job_id, ["in_progress"], status="rolling_back", lease=None)
    workplace.work(workplace.env)
    assert workplace.job()["status"] == "rolled_back"
