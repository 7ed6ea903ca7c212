"""How far a run is over all its phases, each weighted by the share of time that it takes."""

from collections.abc import Mapping
from typing import Any

from loaders.jobs.job_document import processed_count

SHARES = {"extract": 20.0, "transform": 30.0, "load": 25.0, "reconcile": 20.0, "report": 5.0}
"""Of the time of a run, in percent, as measured on accounts of some thousand audits and more."""


def progress_of(job: Mapping[str, Any]) -> float:
    """Return the percentage of a job; within the load by its audits, else where a phase began."""
    phase = str(job.get("phase", ""))
    if phase not in SHARES:
        return 100.0 if phase == "done" else 0.0
    names = list(SHARES)
    before = sum(SHARES[name] for name in names[: names.index(phase)])
    within = float(job.get("progress_pct") or 0) if phase == "load" else 0.0
    return before + SHARES[phase] * within / 100


def step_of(job: Mapping[str, Any]) -> str:
    """Say which phase it is of how many; of what is none of them, nothing."""
    names = list(SHARES)
    phase = job.get("phase")
    return f"step {names.index(phase) + 1} of {len(names)}" if phase in names else ""


def rate_of(job: Mapping[str, Any]) -> float | None:
    """Return audits a second since the load began; none before its first batch, or elsewhere."""
    began = job.get("phase_began")
    if job.get("phase") != "load" or not began:
        return None
    seconds = float((job["updated_at"] - began["at"]).total_seconds())
    done = processed_count(job["counts"]) - int(began["processed"])
    return done / seconds if done > 0 and seconds > 0 else None


def seconds_left(job: Mapping[str, Any]) -> float | None:
    """Return the seconds that the load still takes at that rate."""
    rate = rate_of(job)
    if rate is None:
        return None
    left = int(job["counts"]["staged"]) - processed_count(job["counts"])
    return max(0, left) / rate
