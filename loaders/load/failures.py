"""Fills the queue of failed records from what the marts and the load say."""

from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from ingest.shared.indexes import FAILURES
from ingest.shared.mongo import DURABLE, CdpDatabase, server_time
from loaders.jobs.failed_audits import FIELDS
from loaders.load.rollback import forget_failures
from loaders.transform.warehouse import Warehouse

FAILED = """
select outcomes.audit_id, coalesce(failures.reason, outcomes.reason) as reason
from marts.audit_outcomes as outcomes
left join readback.load_failures as failures using (audit_id)
where outcomes.outcome = 'failed' or failures.audit_id is not null
order by outcomes.audit_id
"""
KNOWN = "select audit_id from marts.audit_outcomes where list_contains(?::bigint[], audit_id)"
PART_ENTRIES = 2_000


class FailureQueue:
    """The queue of one account, as a load fills it.

    Args:
        database: The CDP's database.
        company_sso_id: The account.
    """

    def __init__(self, database: CdpDatabase, company_sso_id: str) -> None:
        self._database = database
        self._collection = database.get_collection(FAILURES, write_concern=DURABLE)
        self._account = {"company_sso_id": company_sso_id}

    def keep(self, warehouse: Warehouse, job_id: str, *, is_whole: bool) -> None:
        """Keep what failed in a job; called again for it only the time of the failure changes.

        Args:
            warehouse: The account's open warehouse, after the load.
            job_id: The job.
            is_whole: The load came to its end: what it has and does not fail is no failure now.
        """
        moment = server_time(self._database)
        for batch in warehouse.arrow_batches(FAILED, ()):
            self._keep(batch, job_id, moment)
        if is_whole:
            self._forget_others(warehouse, moment)

    def _forget_others(self, warehouse: Warehouse, moment: datetime) -> None:
        """Forget what did not fail now; audits that this run left out, by its start, stay."""
        others = self._collection.find(self._account | {"failed_at": {"$ne": moment}})
        for part in iter(lambda: list(islice(others, PART_ENTRIES)), []):
            audit_ids = [each["crm_audit_id"] for each in part]
            known = [row["audit_id"] for row in warehouse.rows(KNOWN, (audit_ids,))]
            forget_failures(self._database, self._account | {"crm_audit_id": {"$in": known}})

    def _keep(self, batch: pa.RecordBatch, job_id: str, moment: datetime) -> None:
        reasons = dict(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        query = self._account | {"crm_audit_id": {"$in": list(reasons)}}
        known = {each["crm_audit_id"] for each in self._collection.find(query, {"crm_audit_id": 1})}
        for reason in set(reasons.values()):
            again = [each for each in known if reasons[each] == reason]
            self._update(again, reason, job_id, moment)
        fresh = [self._new(each, reasons[each], job_id, moment) for each in reasons.keys() - known]
        if fresh:
            self._collection.insert_many(fresh)

    def _update(self, audit_ids: list[int], reason: str, job_id: str, moment: datetime) -> None:
        query = self._account | {"crm_audit_id": {"$in": audit_ids}}
        is_again = {"$cond": [{"$eq": ["$job_id", job_id]}, 0, 1]}
        told = {"reason": reason, "job_id": job_id, "failed_at": moment}
        told |= {"times_tried": {"$add": ["$times_tried", is_again]}}
        self._collection.update_many(query, [{"$set": told}])

    def _new(self, audit_id: int, reason: str, job_id: str, moment: datetime) -> dict[str, Any]:
        values = (audit_id, reason, job_id, 1, moment, moment)
        return self._account | dict(zip(FIELDS, values, strict=True))
