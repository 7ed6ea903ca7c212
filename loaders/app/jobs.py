"""What is told of an account's last job (rules: job, http)."""

from typing import Any, TypeVar

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import CdpDatabase
from loaders.app.models import SessionStatus
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.queries import find_newest

MOST_EVENTS = 100  # a job that waits for a source for weeks has thousands
LAST_EVENTS = {"$set": {"events": {"$slice": ["$events", -MOST_EVENTS]}}}

Status = TypeVar("Status", bound=SessionStatus)


def last_job(database: CdpDatabase, company_sso_id: str) -> JobDocument | None:
    """Return the newest job of a company, in the seed or not, with the last of its events."""
    query = {"company_sso_id": company_sso_id}
    return find_newest(database[JOBS], query, LAST_EVENTS)


def told(model: type[Status], job: JobDocument | None) -> Status:
    """Tell of a job as much as a model holds; ``not_started`` when there is none."""
    if job is None:
        return model(status="not_started")
    names = set(model.model_fields) & set(job)
    shown: dict[str, Any] = {name: job[name] for name in names if job[name] is not None}
    return model(**shown)
