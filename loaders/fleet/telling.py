"""What a fleet prints: a line for each change of an account, a table at the end (rule: fleet)."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import Account
from ingest.shared.text import one_line
from loaders.fleet.moving import Moved
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.progress import progress_of, rate_of, seconds_left
from loaders.jobs.queries import find_jobs
from loaders.jobs.shares import share_text

if TYPE_CHECKING:
    from distributed import Client  # Dask is not for the other commands

TOLD_EVERY_S, TOLD_AGAIN_S = 2.0, 30.0


class Teller:
    """Tells on a console how a fleet goes on.

    Args:
        console: Where.
        database: The CDP's database, which knows the phases of all workers.
        accounts: The accounts of the fleet, by slug.
    """

    def __init__(
        self, console: Console, database: CdpDatabase, accounts: Mapping[str, Account]
    ) -> None:
        self._console = console
        self._database = database
        self._slugs = {each.company_sso_id: slug for slug, each in accounts.items()}
        self._ended: list[Moved] = []
        self._told: dict[str, tuple[str, float]] = {}
        self._began = time.monotonic()
        self._next = self._began
        self._worker_count: int | None = None

    def end(self, moved: Moved) -> None:
        """Tell of an account that ended, and of the whole."""
        self._ended.append(moved)
        self._say(f"{moved.account}: {_outcome(moved)}, {moved.seconds:,.0f} s")
        self._say(f"fleet: {len(self._ended)} of {len(self._slugs)} accounts{self._remaining()}")

    def look(self, waiting: Sequence[str], client: "Client") -> None:
        """Tell of accounts that have come to another phase, and of a cluster without workers."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + TOLD_EVERY_S
        worker_count = client.scheduler_info(n_workers=1)["n_workers"]
        if waiting and not worker_count and self._worker_count != 0:
            self._say("fleet: no worker is connected to the scheduler; it waits for one")
        self._worker_count = worker_count
        for slug, job in self._running(waiting):
            phase, told_at = self._told.get(slug, ("", 0.0))
            if phase != job["phase"] or self._next - told_at > TOLD_AGAIN_S:
                self._told[slug] = job["phase"], self._next
                self._say(f"{slug}: {_how_far(job)}")

    def _running(self, waiting: Sequence[str]) -> Iterator[tuple[str, JobDocument]]:
        companies = [company for company, slug in self._slugs.items() if slug in waiting]
        query = {"company_sso_id": {"$in": companies}, "status": "in_progress"}
        with translated():
            jobs = find_jobs(self._database[JOBS], query)
        for job in jobs:
            yield self._slugs[job["company_sso_id"]], job

    def _remaining(self) -> str:
        missing = len(self._slugs) - len(self._ended)
        if not missing:
            return ""
        seconds = (time.monotonic() - self._began) / len(self._ended) * missing
        return f", about {seconds:,.0f} s left"

    def _say(self, line: str) -> None:
        self._console.print(one_line(line), soft_wrap=True, highlight=False, markup=False)


def _how_far(job: JobDocument) -> str:
    """Say the phase of a run, how far all of it is, and of a load its rate and the time left."""
    rate, left = rate_of(job), seconds_left(job)
    load = f", {rate:,.0f} audits/s, about {left:,.0f} s left of it" if rate and left else ""
    return f"{job['phase']}, {progress_of(job):.0f} %{load}"


def table(ended: Sequence[Moved]) -> Table:
    """Return how each account ended, those that need somebody first."""
    shown = Table(box=None, pad_edge=False)
    for name in ("account", "state"):
        shown.add_column(name, no_wrap=True)
    for name in ("source", "migrated", "skipped", "failed", "accuracy", "s"):
        shown.add_column(name, justify="right", no_wrap=True)
    for each in sorted(ended, key=lambda moved: (not moved.exit_code, moved.account)):
        shown.add_row(each.account, each.status, *_figures(each), f"{each.seconds:,.0f}")
    return shown


def _figures(moved: Moved) -> Iterator[str]:
    counts = moved.counts or {}
    stored = counts.get("migrated", 0) + counts.get("already_present", 0)
    for count in (counts.get("source"), stored, counts.get("skipped"), counts.get("failed")):
        yield f"{count:,}" if counts and count is not None else ""
    yield "" if moved.accuracy_pct is None else share_text(moved.accuracy_pct)


def _outcome(moved: Moved) -> str:
    return f"{moved.status}: {moved.message}" if moved.message else moved.status
