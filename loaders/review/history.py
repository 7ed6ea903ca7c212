"""The runs of an account, one after the other: how each went, who forced and who signed it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.shared.text import one_line
from loaders.jobs.job_changes import JobDocument

MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as its job has it.

    Args:
        job: The job.
        forced: What stood against it when somebody forced it, each with who and when.
        signed: Who signed it, when, and what they noted.
    """

    job: JobDocument
    forced: tuple[Mapping[str, Any], ...]
    signed: Mapping[str, Any] | None

    @property
    def stored_count(self) -> int:
        """Documents that it wrote or found."""
        counts = self.job["counts"]
        return int(counts["migrated"]) + int(counts["already_present"])


def runs_of(jobs: list[JobDocument]) -> list[Run]:
    """Return the runs of some jobs, in their order."""
    return [
        Run(
            job=job,
            forced=tuple(each for each in job.get("events", ()) if each["what"] == "force"),
            signed=job.get("sign_off"),
        )
        for job in jobs
    ]


def history_lines(account: str, runs: list[Run]) -> Iterator[str]:
    """Yield a line for each run, the last one first."""
    last = "the last " if len(runs) == MOST_RUNS else ""
    yield f"{account}: {last}{len(runs)} runs" if runs else f"{account}: not started"
    for run in runs:
        yield one_line(f"  {'; '.join(_parts(run))}")


def _parts(run: Run) -> Iterator[str]:
    job, counts = run.job, run.job["counts"]
    yield f"{job['started_at']:%Y-%m-%d %H:%M}  {job['job_id'][:8]}  {job['status']}"
    yield f"by {job['requested_by']}"
    yield (
        f"{counts['source']:,} audits: {counts['migrated']:,} new, "
        f"{counts['already_present']:,} present, {counts['skipped']:,} skipped, "
        f"{counts['failed']:,} failed"
    )
    yield from (f"forced by {each['who']}" for each in run.forced)
    if run.signed:
        yield f"signed by {run.signed['by']} {_day(run.signed['at'])}"
    if job.get("error"):
        yield str(job["error"])


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
