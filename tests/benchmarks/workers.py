"""Several workers sharing several accounts, against one that does them all (rule: job)."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account
from loaders.jobs.store import Jobs
from tests.benchmarks.measuring import StageFailedError
from tests.benchmarks.places import filled_place, plan
from tests.places.copies import ROOT, Place, copied_place

ACCOUNTS = 2
WORKER = (sys.executable, "-m", "loaders", "worker", "--until-idle")


def shared_by_workers(
    folder: Path, rows: int, count: int, say: Callable[[str], None]
) -> dict[int, float]:
    """Return the seconds that one worker and several take for the same two accounts.

    Args:
        folder: Everything is made anew below.
        rows: The audits of each account.
        count: How many the several are.
        say: Told what begins.
    """
    plans = [plan(rows, number) for number in range(ACCOUNTS)]
    seconds = {}
    say(f"making {len(plans)} accounts of {rows:,} audits each")
    with filled_place(folder, *plans) as untouched:
        for workers in (1, count):
            with copied_place(untouched, folder / "workers") as place:
                _trigger(place, [each.account for each in plans])
                say(f"workers: {workers}")
                seconds[workers] = _worked(place, workers)
                _check(place, len(plans))
    return seconds


def _trigger(place: Place, accounts: list[str]) -> None:
    with connected(place.env["CDP_MONGO_URL"]) as database:
        for account in accounts:
            Jobs(database, find_account(account)).trigger(requested_by="benchmark")


def _worked(place: Place, count: int) -> float:
    """Let so many workers run until nothing waits."""
    started_at = time.monotonic()
    log = Path(place.env["VAR_DIR"]) / "workers.log"
    with log.open("ab") as output:
        workers = [
            subprocess.Popen(WORKER, cwd=ROOT, env=place.env, stdout=output, stderr=output)
            for _ in range(count)
        ]
        for worker in workers:
            worker.wait()
    return time.monotonic() - started_at


def _check(place: Place, accounts: int) -> None:
    """Compare no times of runs that did not end well."""
    with place.cdp() as database:
        jobs = list(database.crm_activity_log_migration_jobs.find({}, {"status": 1, "error": 1}))
    if [job["status"] for job in jobs] != ["completed"] * accounts:
        raise StageFailedError(f"workers: {jobs}")
