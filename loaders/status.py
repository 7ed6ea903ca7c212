"""Shows the account's last job (spec §9)."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

SHOWN = (
    "job_id",
    "status",
    "phase",
    "requested_by",
    "started_at",
    "updated_at",
    "finished_at",
    "cutoff",
    "last_audit_id",
    "progress_pct",
    "accuracy_pct",
    "explained_pct",
    "eligible_accuracy_pct",
    "fidelity_pct",
    "sample_count",
    "sample_changed_since",
    "sample_differences",
    "report",
    "error",
)


def status_lines(account: str, job: dict[str, Any] | None) -> Iterator[str]:
    """Yield the lines that tell of a job; ``not_started`` when there is none."""
    yield f"account: {account}"
    if job is None:
        yield "status: not_started"
        return
    for name in SHOWN:
        if job.get(name) is not None:
            yield f"{name}: {job[name]}"
    yield f"failure_rate: {100 * job['failure_rate']:.2f} %"
    yield "counts: " + ", ".join(f"{name} {count:,}" for name, count in job["counts"].items())
    for reason, count in sorted(job["reasons"].items()):
        yield f"  {reason}: {count:,}"


def status_json(account: str, job: dict[str, Any] | None) -> str:
    """Return the job as JSON."""
    shown = {name: value for name, value in (job or {}).items() if name not in ("_id", "lease")}
    return json.dumps({"account": account, "status": "not_started"} | shown, default=_text)


def _text(value: Any) -> str:
    return value.isoformat() + "Z" if isinstance(value, datetime) else str(value)
