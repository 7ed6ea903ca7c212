"""Deletes an account's migrated logs, and nothing else: the only deleter."""

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import Any

from pymongo.errors import PyMongoError

from ingest.shared.indexes import ACTIVITY_LOGS, FAILURES
from ingest.shared.mongo import DURABLE, CdpDatabase
from ingest.shared.progress import Progress
from ingest.shared.seeds import Account
from loaders.errors import NothingToDoError, RollbackError
from loaders.jobs.errors import JobAlreadyRunningError, LeaseLostError
from loaders.jobs.heartbeat import beating
from loaders.jobs.held import Job
from loaders.jobs.job_changes import NOW
from loaders.jobs.job_document import UNHELD, Watch, unwatched
from loaders.jobs.store import Jobs
from loaders.load.collection import SOURCE_TAG, ActivityLogs, NativeState

BATCH_ROWS = 5_000
ENDED = (
    "completed",
    "halted",
    "failed",
    "cancelled",
    "rolled_back",
    "rollback_failed",
    "rolling_back",
)


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
        self._company = {"company_sso_id": account.company_sso_id}
        self._query = self._company | {"source_tag": SOURCE_TAG}
        self._account = account
        self._requested_by = requested_by

    def count(self) -> int:
        """Count what would be deleted."""
        return self._logs.count()

    def finish_killed(self, progress: Progress) -> None:
        """Finish a rollback whose process died, if there is one; let one that lives alone."""
        last = self._jobs.last()
        if last and last["status"] == "rolling_back" and self._jobs.is_free(last):
            self.run(progress)

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
        before = int(job.document.get("records_removed", 0))
        with beating(job):
            try:
                native = self._logs.native_state()
                self._delete(progress, job, before)
                self._prove(native)
            except LeaseLostError:
                raise
            except BaseException as error:
                self._end(job, "rollback_failed", str(error) or type(error).__name__)
                raise
            forget_failures(self._jobs.database, self._company)
            removed = int(job.document.get("records_removed", 0)) - before
            self._end(job, "rolled_back", f"{removed} removed")
        return removed

    def _claimed(self) -> Job:
        """Claim the account's last job, which keeps every writer out; a run goes first."""
        last = self._jobs.last()
        resumes = bool(last and last["status"] == "rolling_back")
        if last and resumes and not self._jobs.is_free(last):
            raise JobAlreadyRunningError(last)
        if not resumes and not self.count():
            raise NothingToDoError(f"account {self._account.account} has no migrated log")
        if last and last["status"] not in ENDED:
            raise RollbackError(
                f"job {last['job_id']} is {last['status']}: a signed-off or running job "
                "is not rolled back"
            )
        return self._jobs.claim_for_rollback(last, requested_by=self._requested_by)

    def _delete(self, progress: Progress, job: Job, removed: int) -> None:
        while True:
            found = self._collection.find(self._query, {"_id": 1}).limit(BATCH_ROWS)
            ids = [each["_id"] for each in found]
            if not ids:
                return
            query = self._query | {"_id": {"$in": ids}}
            removed += self._collection.delete_many(query).deleted_count
            progress.advance(len(ids))
            job.update(records_removed=removed)

    def _prove(self, before: NativeState) -> None:
        left = self.count()
        if left:
            raise RollbackError(f"{left:,} migrated logs are left; run the rollback again")
        if before.count and self._logs.native_state(before.last_id) != before:
            raise RollbackError(
                "the account's native logs changed while the rollback ran; it deletes none: "
                "look for another writer"
            )

    def _end(self, job: Job, status: str, detail: str) -> None:
        error = detail if status == "rollback_failed" else None
        fields = UNHELD | {"status": status, "finished_at": NOW, "error": error}
        with suppress(PyMongoError) if error else nullcontext():  # what failed says more
            job.record(status, self._requested_by, detail, **fields)


def forget_failures(database: CdpDatabase, query: Mapping[str, Any]) -> None:
    """Delete what is no failure any more from the queue of failed records."""
    database.get_collection(FAILURES, write_concern=DURABLE).delete_many(query)
