"""The document of a run, and what happens to it.

``in_progress → completed | failed | halted | cancelled``; ``halted | failed | cancelled →
in_progress`` (resume); ``completed | halted | failed | cancelled → rolling_back → rolled_back |
rollback_failed``; ``completed → signed_off``, which a run afterwards voids, as does any change of
what was signed.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.shared.seeds import Account
from loaders.jobs.job_changes import NOW, JobDocument
from loaders.jobs.lease import new_lease, own_name

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
MODEL_FIGURES = (
    "accuracy_pct",
    "explained_pct",
    "eligible_accuracy_pct",
    "fidelity_pct",
    "current_pct",
    "source_count_now",
    "mongo_count",
    "kept_count",
)
"""What a job tells of the model `figures`."""
FIGURES = (
    *MODEL_FIGURES,
    "differences",
    "drift",
    "documents_sha256",
    "sample_count",
    "sample_changed_since",
    "sample_differences",
)
"""What a reconciliation tells of the account; nothing of it holds once logs are deleted."""
PUSHED = "push-"
"""How the id begins that logs have which another service pushed."""
PROCESSED = ("migrated", "already_present", "skipped", "failed")
ACTIVE = ("in_progress", "rolling_back")
RESUMABLE = ("halted", "failed", "cancelled")
UNHELD: JobDocument = {"lease": None, "cancel_asked_by": None, "not_before": None}
QUEUED: JobDocument = UNHELD | {"status": "in_progress", "phase": "queued"}


def unwatched(_before: JobDocument, _after: JobDocument) -> None:
    """Nobody measures what changes."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends, settled before it is stored, so that its report can tell it.

    Args:
        status: The job's last state.
        at: When, by MongoDB's clock.
        error: What went wrong, in a line.
    """

    status: str
    at: datetime
    error: str | None = None

    @property
    def fields(self) -> JobDocument:
        """The fields of the ended job."""
        return {"status": self.status, "error": self.error, "finished_at": self.at}


def new_job(account: Account, requested_by: str) -> JobDocument:
    """Return the fields of a run that begins when they are written."""
    return {
        "job_id": str(uuid.uuid4()),
        "company_sso_id": account.company_sso_id,
        "account": account.account,
        "status": "in_progress",
        "phase": "start",
        "requested_by": requested_by,
        "started_at": NOW,
        "progress_at": NOW,
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
    }


def processed_count(counts: Mapping[str, Any]) -> int:
    """Return of how many audits it is known what became of them."""
    return sum(counts.get(name, 0) for name in PROCESSED)
