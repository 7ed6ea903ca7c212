"""The document of a run, and what happens to it (rule: job).

``in_progress → completed | failed | halted``; ``halted | failed → in_progress`` (resume);
``completed | halted | failed → rolling_back → rolled_back | rollback_failed``;
``completed → signed_off``, which a run afterwards voids, as does any change of what was signed.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.shared.seeds import Account
from loaders.jobs.lease import new_lease, now, own_name

JobDocument = dict[str, Any]
Watch = Callable[[JobDocument, JobDocument], None]
"""Told of a job before and after a change, for metrics."""

NO_COUNTS = {
    "source": 0,
    "staged": 0,
    "migrated": 0,
    "already_present": 0,
    "skipped": 0,
    "failed": 0,
}
PROCESSED = ("migrated", "already_present", "skipped", "failed")
QUEUED: JobDocument = {"status": "in_progress", "phase": "queued", "lease": None}


def unwatched(_before: JobDocument, _after: JobDocument) -> None:
    """Nobody measures what changes."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends, settled before it is stored, so that its report can tell it."""

    status: str
    error: str | None = None
    at: datetime = field(default_factory=now)

    @property
    def fields(self) -> JobDocument:
        """The fields of the ended job."""
        return {"status": self.status, "error": self.error, "finished_at": self.at}


def new_job(account: Account, requested_by: str) -> JobDocument:
    """Return the document of a run that begins now (rule: job)."""
    moment = now()
    return {
        "job_id": str(uuid.uuid4()),
        "company_sso_id": account.company_sso_id,
        "account": account.account,
        "status": "in_progress",
        "phase": "start",
        "requested_by": requested_by,
        "started_at": moment,
        "updated_at": moment,
        "finished_at": None,
        "date_range_start": None,
        "cutoff": None,
        "last_audit_id": None,
        "counts": dict(NO_COUNTS),
        "reasons": {},
        "progress_pct": 0.0,
        "failure_rate": 0.0,
        "accuracy_pct": None,
        "fidelity_pct": None,
        "report": None,
        "error": None,
        "lease": new_lease(own_name()),
        "events": [event("trigger", requested_by)],
    }


def event(what: str, who: str, detail: str | None = None) -> JobDocument:
    """Return one line of the job's history: who did what when."""
    happened: JobDocument = {"at": now(), "what": what, "who": who}
    return happened | ({"detail": detail} if detail else {})


def processed_count(counts: JobDocument) -> int:
    """Return of how many audits it is known what became of them."""
    return sum(counts.get(name, 0) for name in PROCESSED)
