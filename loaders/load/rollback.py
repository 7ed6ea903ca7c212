"""Deletes an account's migrated logs, and nothing else: the only deleter (rule: rollback)."""

from typing import Any

from ingest.shared.indexes import ACTIVITY_LOGS
from ingest.shared.mongo import DURABLE, CdpDatabase
from ingest.shared.progress import Progress
from ingest.shared.seeds import Account
from loaders.errors import NothingToDoError, RollbackError
from loaders.jobs.errors import JobAlreadyRunningError
from loaders.jobs.job_document import JobDocument, Watch, event, new_job, unwatched
from loaders.jobs.lease import is_over, new_lease, now, own_name
from loaders.jobs.store import Jobs
from loaders.load.collection import SOURCE_TAG, ActivityLogs, NativeState

BATCH_ROWS = 5_000
ENDED = ["completed", "halted", "failed", "rolled_back", "rollback_failed", "rolling_back"]


class Rollback:
    """The rollback of one account.

    Args:
        database: The CDP's database.
        account: The account.
        requested_by: Who asked for it.
        watch: Told of the job before and after, for metrics.
    """

    def __init__(
        self,
        database: CdpDatabase,
        account: Account,
        requested_by: str,
        watch: Watch = unwatched,
    ) -> None:
        self._jobs = Jobs(database, account, watch)
        self._logs = ActivityLogs(database, account.company_sso_id)
        self._collection = database.get_collection(ACTIVITY_LOGS, write_concern=DURABLE)
        self._query = {"company_sso_id": account.company_sso_id, "source_tag": SOURCE_TAG}
        self._account = account
        self._requested_by = requested_by

    def count(self) -> int:
        """Count what would be deleted."""
        return self._logs.count()

    def run(self, progress: Progress) -> int:
        """Delete the account's migrated logs and prove it; a killed rollback goes on when called again.

        Returns:
            How many were deleted.

        Raises:
            JobAlreadyRunningError: A job of the account runs, or another rollback.
            NothingToDoError: There is nothing to delete.
            RollbackError: Something is left, or native logs changed meanwhile.
        """
        if running := self._jobs.running():
            raise JobAlreadyRunningError(running)
        job = self._claimed()
        native = self._logs.native_state()
        try:
            removed = self._delete(progress, job)
            self._prove(native)
        except BaseException as error:
            self._end(job, "rollback_failed", str(error))
            raise
        self._end(job, "rolled_back", f"{removed} removed", removed)
        return removed

    def _claimed(self) -> JobDocument:
        """Mark the account's last job; a run that began meanwhile goes first."""
        last = self._jobs.last()
        resumes = bool(last and last["status"] == "rolling_back")
        if last and resumes and not is_over(last.get("lease")):
            raise JobAlreadyRunningError(last)
        if not resumes and not self.count():
            raise NothingToDoError(f"account {self._account.account} has no migrated log")
        fields = {"status": "rolling_back", "phase": "rollback", "lease": new_lease(own_name())}
        job = self._mark(last, fields)
        if running := self._jobs.running():
            status = last["status"] if last else "failed"
            self._jobs.set_status(job["job_id"], ["rolling_back"], status=status)
            raise JobAlreadyRunningError(running)
        return job

    def _mark(self, last: JobDocument | None, fields: dict[str, Any]) -> JobDocument:
        if last is None:
            job = new_job(self._account, self._requested_by) | fields
            self._jobs.collection.insert_one(job)
            return job
        history = [*last["events"], event("rollback", self._requested_by)]
        marked = self._jobs.set_status(last["job_id"], ENDED, **fields, events=history)
        if marked is None:
            raise RollbackError(
                f"job {last['job_id']} is {last['status']}: a signed-off or running job "
                "is not rolled back"
            )
        return marked

    def _delete(self, progress: Progress, job: JobDocument) -> int:
        removed = 0
        while True:
            found = self._collection.find(self._query, {"_id": 1}).limit(BATCH_ROWS)
            ids = [each["_id"] for each in found]
            if not ids:
                return removed
            query = self._query | {"_id": {"$in": ids}}
            removed += self._collection.delete_many(query).deleted_count
            progress.advance(len(ids))
            lease = new_lease(job["lease"]["owner"])
            self._jobs.set_status(job["job_id"], ["rolling_back"], lease=lease)

    def _prove(self, before: NativeState) -> None:
        left = self.count()
        if left:
            raise RollbackError(f"{left:,} migrated logs are left; run the rollback again")
        if before.count and self._logs.native_state(before.last_id) != before:
            raise RollbackError(
                "the account's native logs changed while the rollback ran; it deletes none: "
                "look for another writer"
            )

    def _end(self, job: JobDocument, status: str, detail: str, removed: int = 0) -> None:
        document = self._jobs.collection.find_one(
            {"company_sso_id": self._account.company_sso_id, "job_id": job["job_id"]}
        )
        before = document or job
        history = [*before["events"], event(status, self._requested_by, detail)]
        fields = {"status": status, "finished_at": now(), "events": history}
        fields["records_removed"] = before.get("records_removed", 0) + removed
        ended = self._jobs.set_status(job["job_id"], ["rolling_back"], **fields)
        self._jobs.watch(before, ended or before)
