"""The status banner above a timeline: four states (rule: pages)."""

from dataclasses import dataclass

from ingest.shared.mongo import CdpDatabase
from loaders.app.jobs import last_job, told
from loaders.app.models import SessionStatus

STATUS_PATH = "/iag/v1/crm_migration/status"
# What is in neither is hidden: not started, completed, signed off, rolled back.
IN_PROGRESS = ("in_progress", "rolling_back")
NEEDS_ATTENTION = ("halted", "failed", "rollback_failed")


@dataclass(frozen=True, slots=True)
class Banner:
    """The first state of the banner; the script asks for the next ones.

    Args:
        status: Status of the account's last job.
        progress_pct: How far it is; none where that is not known.
        poll_s: Seconds between two questions.
    """

    status: str
    progress_pct: float | None
    poll_s: float
    status_path: str = STATUS_PATH
    in_progress: tuple[str, ...] = IN_PROGRESS
    needs_attention: tuple[str, ...] = NEEDS_ATTENTION


def banner(database: CdpDatabase, company_sso_id: str, poll_s: float) -> Banner:
    """Return what the JSON endpoint would tell now."""
    status = told(SessionStatus, last_job(database, company_sso_id))
    return Banner(status.status, status.progress_pct, poll_s)
