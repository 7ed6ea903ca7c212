"""The queue of failed records: audits that should have been migrated (rule: failed records).

An audit stands there, without any value of it, until it is migrated, skipped or no longer in scope,
or until thirty days after it last failed. Each run tries all of an account's failures; the queue
only tells of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ingest.shared.indexes import FAILURES
from ingest.shared.mongo import CdpDatabase

FIELDS = ("crm_audit_id", "reason", "job_id", "times_tried", "first_failed_at", "failed_at")
PAGE_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class FailedAudit:
    """One audit of the queue; its fields are those that are stored."""

    crm_audit_id: int
    reason: str
    job_id: str
    times_tried: int
    first_failed_at: datetime
    failed_at: datetime


class FailedAudits:
    """The queue of one account, as it is read.

    Args:
        database: The CDP's database.
        company_sso_id: The account.
    """

    def __init__(self, database: CdpDatabase, company_sso_id: str) -> None:
        self._collection = database[FAILURES]
        self._account = {"company_sso_id": company_sso_id}

    def count(self) -> int:
        """Count the failures."""
        return self._collection.count_documents(self._account)

    def page(self, after_id: int | None, limit: int) -> list[FailedAudit]:
        """Return some failures by audit id, those after one."""
        query = self._account | ({} if after_id is None else {"crm_audit_id": {"$gt": after_id}})
        found = self._collection.find(query).sort("crm_audit_id", 1).limit(limit)
        return [FailedAudit(*(each[name] for name in FIELDS)) for each in found]

    def all(self) -> Iterator[FailedAudit]:
        """Stream every failure by audit id."""
        after_id: int | None = None
        while page := self.page(after_id, PAGE_ROWS):
            yield from page
            after_id = page[-1].crm_audit_id
