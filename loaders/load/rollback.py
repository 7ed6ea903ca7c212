"""Deletes an account's migrated logs, all or some, and nothing else: the only deleter."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from ingest.shared.indexes import ACTIVITY_LOGS, FAILURES
from ingest.shared.mongo import DURABLE, CdpDatabase
from ingest.shared.progress import Progress
from ingest.shared.seeds import Account
from loaders.errors import NothingToDoError, RollbackError
from loaders.jobs.errors import JobAlreadyRunningError, LeaseLostError
from loaders.jobs.heartbeat import beating
from loaders.jobs.held import Job
from loaders.jobs.job_changes import NOW, JobDocument
from loaders.jobs.job_document import FIGURES, UNHELD, Watch, unwatched
from loaders.jobs.store import Jobs
from loaders.load.collection import SOURCE_TAG, ActivityLogs
from loaders.load.selection import ALL, CONTACT, Selection, noted_selection
from loaders.load.written import NativeState

BATCH_ROWS = 5_000
MOST_JOBS = 50
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
        selection: Which logs; all where absent, after what a killed rollback has left.
    """

    def __init__(
        self,
        database: CdpDatabase,
        account: Account,
        requested_by: str,
        watch: Watch = unwatched,
        selection: Selection | None = None,
    ) -> None:
        self._jobs = Jobs(database, account, watch)
        self._logs = ActivityLogs(database, account.company_sso_id)
        self._collection = database.get_collection(ACTIVITY_LOGS, write_concern=DURABLE)
        self._company = {"company_sso_id": account.company_sso_id}
        self._query = self._company | {"source_tag": SOURCE_TAG}
        self._account = account
        self._watch = watch
        self._requested_by = requested_by
        self._is_chosen = selection is not None
        self._selection = selection or Selection()

    def count(self) -> int:
        """Count what would be deleted."""
        ids = self._selection.ids
        return self._logs.count() if ids is None else self._logs.count_ids(ids)

    def lost_words(self) -> str:
        """Say how many of the logs no run can write again, as the last run that counted them."""
        for job in self._jobs.newest(MOST_JOBS):
            if job.get("kept_count") is not None:
                when = f"{job['started_at']:%Y-%m-%d %H:%M} UTC"
                return (
                    f"{job['kept_count']:,} of which no run can write again, by the run of {when}"
                )
        return "of which nobody knows how many no run can write again: `make reconcile` counts them"

    def finish_killed(self, progress: Progress) -> int | None:
        """Finish a rollback whose process died, and let one that lives alone.

        Returns:
            How many logs were deleted; none where there is nothing to finish.
        """
        last = self._jobs.last()
        if not (last and last["status"] == "rolling_back" and self._jobs.is_free(last)):
            return None
        killed = Rollback(self._jobs.database, self._account, self._requested_by, self._watch)
        return killed._run(progress)

    def run(self, progress: Progress) -> int:
        """Delete the logs and prove it; what a killed rollback has left goes first.

        Returns:
            How many were deleted.

        Raises:
            JobAlreadyRunningError: A job of the account runs, or another rollback.
            NothingToDoError: There is nothing to delete.
            RollbackError: Something is left, or other logs changed meanwhile.
        """
        finished = None if self._is_chosen else self.finish_killed(progress)
        if finished is not None and not self.count():
            return finished
        return (finished or 0) + self._run(progress)

    def _run(self, progress: Progress) -> int:
        if running := self._jobs.running():
            raise JobAlreadyRunningError(running)
        job = self._claimed()
        before = int(job.document.get("records_removed", 0))
        with beating(job):
            try:
                others = self._others()
                self._delete(progress, job, before)
                self._prove(others)
            except LeaseLostError:
                raise
            except BaseException as error:
                self._end(job, "rollback_failed", str(error) or type(error).__name__)
                raise
            if self._selection.what == ALL:
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
        if last and resumes and not self._is_chosen:
            self._selection = noted_selection(self._logs, last.get("rollback"))
        if not resumes and not self.count():
            kind = "such migrated" if self._is_chosen else "migrated"
            raise NothingToDoError(f"account {self._account.account} has no {kind} log")
        is_signed = self._selection.what == CONTACT  # who is to be forgotten is, whatever is signed
        if last and last["status"] not in (*ENDED, *(["signed_off"] if is_signed else [])):
            raise RollbackError(
                f"job {last['job_id']} is {last['status']}: a signed-off or running job "
                "is not rolled back"
            )
        return self._jobs.claim_for_rollback(
            last, requested_by=self._requested_by, note=self._note(last)
        )

    def _note(self, last: JobDocument | None) -> JobDocument:
        """Say in the job what is deleted, and what the job was before."""
        before = last["status"] if last else "rolled_back"
        if last and before == "rolling_back":
            before = (last.get("rollback") or {}).get("before", "rolled_back")
        return self._selection.note | {"before": before}

    def _parts(self) -> Iterator[list[Any]]:
        ids = self._selection.ids
        if ids is not None:
            yield from (list(ids[at : at + BATCH_ROWS]) for at in range(0, len(ids), BATCH_ROWS))
            return
        while part := self._logs.ids_of({}, BATCH_ROWS):
            yield part

    def _delete(self, progress: Progress, job: Job, removed: int) -> None:
        for part in self._parts():
            removed += self._delete_part(job, part)
            progress.advance(len(part))
            job.update(records_removed=removed)

    def _delete_part(self, job: Job, ids: list[Any]) -> int:
        """Delete some logs and note it in the jobs that wrote them, both or neither."""
        query = self._query | {"_id": {"$in": ids}}
        removed = 0

        def delete(session: ClientSession | None) -> None:
            nonlocal removed
            found = self._collection.find(query, {"metadata.job_id": 1}, session=session)
            writers = Counter(str((each.get("metadata") or {}).get("job_id")) for each in found)
            removed = self._collection.delete_many(query, session=session).deleted_count
            self._jobs.note_removed(writers, session)

        job.fence.write(0, delete)
        return removed

    def _others(self) -> tuple[NativeState, str]:
        """Hash what is not to be deleted: the CDP's own logs, and the other migrated ones."""
        ids = self._selection.ids
        return self._logs.native_state(), "" if ids is None else self._logs.digest_without(ids)

    def _prove(self, before: tuple[NativeState, str]) -> None:
        if left := self.count():
            raise RollbackError(f"{left:,} migrated logs are left; run the rollback again")
        native, others = before
        is_same = not native.count or self._logs.native_state(native.last_id) == native
        if not is_same or (others and self._logs.digest_without(()) != others):
            raise RollbackError(
                f"the account's {'other' if is_same else 'native'} logs changed while the rollback "
                "ran; it deletes none: look for another writer"
            )

    def _end(self, job: Job, status: str, detail: str) -> None:
        """End the job; no figure of before is told as if it were of now."""
        error = detail if status == "rollback_failed" else None
        was_there = self._selection.what == CONTACT and status == "rolled_back"
        ends_as = job.document["rollback"]["before"] if was_there else status
        fields = UNHELD | dict.fromkeys(FIGURES)
        fields |= {"status": ends_as, "finished_at": NOW, "error": error}
        with suppress(PyMongoError) if error else nullcontext():  # what failed says more
            job.record(status, self._requested_by, detail, **fields)


def forget_failures(database: CdpDatabase, query: Mapping[str, Any]) -> None:
    """Delete what is no failure any more from the queue of failed records."""
    database.get_collection(FAILURES, write_concern=DURABLE).delete_many(query)
