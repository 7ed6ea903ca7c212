"""Runs a command as `make` does, and measures its time and the memory of its process tree."""

import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.places.copies import ROOT, Place

SAMPLE_SECONDS = 0.05
MB = 1_000_000
SHOWN_LINES = 5


class StageFailedError(Exception):
    """A command that was to be measured failed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took; no memory where it has no process of its own.

    Attributes:
        cpu_seconds: Of its whole process tree; only known of a whole command.
    """

    seconds: float
    peak_mb: float | None = None
    cpu_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Phased:
    """What a run took, as a whole and in each phase of its job."""

    whole: Measured
    phases: dict[str, Measured]

    @property
    def parts(self) -> dict[str, Measured]:
        """The phases and the whole, in this order."""
        return {**self.phases, "whole run": self.whole}


def measured(place: Place, *arguments: str) -> Measured:
    """Run `python -m <arguments> --account …` to its end.

    Raises:
        StageFailedError: It did not succeed; its last lines are told.
    """
    return measured_command(place, place.command(*arguments))


def measured_command(place: Place, command: Sequence[str]) -> Measured:
    """Run a command of a place to its end."""
    return _sampled(place, command, lambda: "").whole


def measured_run(place: Place) -> Phased:
    """Run the whole of an account whose probe passed, and tell its phases apart.

    The phase is the job's own, asked with every sample; before it and after it is `start and end`.
    """
    with _phase_of(place) as phase:
        return _sampled(place, place.command("loaders", "migrate"), phase)


def sampled_python(*arguments: str) -> list[str]:
    """Return the command line of one of this package's own modules."""
    return [sys.executable, "-m", *arguments]


def _sampled(place: Place, command: Sequence[str], phase: Callable[[], str]) -> Phased:
    log = Path(place.env["VAR_DIR"]) / "benchmark.log"
    seconds: dict[str, float] = defaultdict(float)
    peaks: dict[str, _Peak] = defaultdict(_Peak)
    with log.open("wb") as output:
        cpu_before, started_at = _cpu_seconds(), time.monotonic()
        before = started_at
        process = subprocess.Popen(
            command, cwd=ROOT, env=place.env, stdout=output, stderr=subprocess.STDOUT
        )
        tree = psutil.Process(process.pid)
        while not _has_ended(process):
            name = phase()
            peaks[name].look(tree)
            now = time.monotonic()
            seconds[name] += now - before
            before = now
    ended_at = time.monotonic()
    if process.returncode:
        last = log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
        raise StageFailedError(f"{' '.join(command)}: {' / '.join(last)}")
    phases = {name: Measured(seconds[name], peaks[name].own_bytes / MB) for name in seconds}
    peak = max((each.own_bytes for each in peaks.values()), default=0) / MB
    return Phased(Measured(ended_at - started_at, peak, _cpu_seconds() - cpu_before), phases)


def _cpu_seconds() -> float:
    """Return what all children took that have ended, and their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(SAMPLE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


@dataclass(slots=True)
class _Peak:
    """The most memory of a process tree; a page of several processes is shared out among them.

    To ask for that takes the kernel some milliseconds, so it is asked whenever the resident
    memory, which counts such a page each time, is higher than ever.
    """

    resident_bytes: int = 0
    own_bytes: int = 0

    def look(self, tree: psutil.Process) -> None:
        """Look at the tree as it is now."""
        resident = _sum(tree, lambda process: process.memory_info().rss)
        if resident > self.resident_bytes:
            self.resident_bytes = resident
            own = _sum(tree, lambda process: process.memory_full_info().pss)
            self.own_bytes = max(self.own_bytes, own)


def _sum(tree: psutil.Process, bytes_of: Callable[[psutil.Process], int]) -> int:
    total = 0
    with suppress(psutil.NoSuchProcess):
        for process in (tree, *tree.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += bytes_of(process)
    return total


@contextmanager
def _phase_of(place: Place) -> Iterator[Callable[[], str]]:
    with place.cdp() as database:
        jobs = database.crm_activity_log_migration_jobs
        query = {"company_sso_id": place.company_sso_id, "status": "in_progress"}

        def phase() -> str:
            job = jobs.find_one(query, {"phase": 1})
            return str(job["phase"]) if job and job["phase"] != "start" else "start and end"

        yield phase
