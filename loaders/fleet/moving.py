"""One account of a fleet, as a worker of the cluster moves it (rule: fleet)."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any

from rich.console import Console

from ingest.shared.errors import MigrationError, system_line
from ingest.shared.mongo import connected
from ingest.shared.processes import private_files
from ingest.shared.seeds import Account, find_account
from ingest.shared.settings import Settings, environment
from ingest.shared.text import one_line
from ingest.shared.warm import keep_warm
from loaders.errors import StageFailedError
from loaders.jobs.errors import JobAlreadyRunningError
from loaders.jobs.lease import LONGEST
from loaders.jobs.store import Jobs
from loaders.migrate import Wish, migrate, probe
from loaders.preview import preview

IMPORTED = ("ingest.extract", "ingest.probe.command", "dbt.cli.main")
DONE = ("completed", "signed_off")
LEASE_POLL_S = 1.0
INTERNAL = 1
STATES = {3: "blocked", 4: "halted", 5: "differs"}


@dataclass(frozen=True, slots=True)
class Order:
    """What a fleet is told for each of its accounts.

    Attributes:
        dry_run: Only show what a run would do.
        again: Run accounts too whose last run completed.
        force: Go on against gates, which the job records.
        resume: Go on with jobs that halted, failed or were cancelled.
    """

    dry_run: bool = False
    again: bool = False
    force: bool = False
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """How an account ended: exit code, error in one line, the job's counts and seconds."""

    account: str
    exit_code: int
    status: str
    message: str = ""
    counts: Mapping[str, int] | None = None
    accuracy_pct: float | None = None
    seconds: float = 0.0


def move(slug: str, order: Order) -> Moved:
    """Probe an account and run it, in a process that stays warm for the next one.

    A task that is repeated, or placed twice, does no harm: the account's job has one holder, and
    what has completed is left as it is. Errors are results: Dask repeats a task only where its
    worker died.
    """
    _begin()
    began = time.monotonic()
    ended = _settled(slug, order)
    return Moved(**ended, account=slug, seconds=time.monotonic() - began)


@cache
def _begin() -> None:
    private_files()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # stages print for one account
    keep_warm(IMPORTED)


def _settled(slug: str, order: Order) -> dict[str, Any]:
    try:
        return _moved(find_account(slug), order)
    except MigrationError as error:
        status = STATES.get(error.exit_code, "failed")
        return {"exit_code": error.exit_code, "status": status, "message": one_line(str(error))}
    except OSError as error:
        return {"exit_code": INTERNAL, "status": "failed", "message": system_line(error)}


def _moved(account: Account, order: Order) -> dict[str, Any]:
    env = environment()
    settings = Settings.from_env(env)
    console = Console(file=StringIO())
    if order.dry_run:
        preview(settings, account, env, None, console).raise_unless_good()
        return {"exit_code": 0, "status": "previewed"}
    job = _last(settings, account)
    if job and job["status"] in DONE and not order.again:
        return _told(job)
    problem = probe(account, env)
    if problem and not order.force:
        raise StageFailedError("probe", problem.exit_code, problem.message)
    resume = bool(order.resume and job and job["status"] in ("halted", "failed", "cancelled"))
    wish = Wish(resume=resume, force=problem is not None)
    return _told(_once_free(lambda: migrate(settings, account, env, wish, console)))


def _once_free(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run; where a dead worker holds the account, wait for the end of its lease."""
    deadline = time.monotonic() + 2 * LONGEST.total_seconds()
    while True:
        try:
            return run()
        except JobAlreadyRunningError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LEASE_POLL_S)


def _last(settings: Settings, account: Account) -> dict[str, Any] | None:
    with connected(settings.mongo_url) as database:
        return Jobs(database, account).last()


def _told(job: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "exit_code": 0,
        "status": job["status"],
        "counts": dict(job["counts"]),
        "accuracy_pct": job.get("accuracy_pct"),
    }
