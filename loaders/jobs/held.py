"""A job that this process holds: nobody else may change it before its lease ends."""

from datetime import timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection

from ingest.shared.mongo import server_time
from loaders.jobs.errors import JobCancelledError, LeaseLostError
from loaders.jobs.fence import STANDALONE, Fence
from loaders.jobs.job_changes import NOW, Expression, JobDocument, after, change, event, structure
from loaders.jobs.job_document import NO_COUNTS, UNHELD, Ending, Watch, processed_count
from loaders.jobs.lease import new_lease


class Job:
    """A job that this process holds, in progress or rolling back.

    Every writer of an earlier claim of the account is kept out when it is made.

    Args:
        collection: Where it is stored.
        watch: Told of the job before and after a change.
        document: The job document as it is stored.
        claimed_as: ``trigger`` for a new job, else ``takeover``, ``resume`` or ``rollback``.

    Raises:
        LeaseLostError: The account was claimed anew meanwhile.
    """

    def __init__(
        self,
        collection: Collection[JobDocument],
        watch: Watch,
        document: JobDocument,
        claimed_as: str = "trigger",
    ) -> None:
        self._collection = collection
        self._watch = watch
        self.document = document
        self.claimed_as = claimed_as
        self._owner = document["lease"]["owner"]
        self.fence = Fence.raised(collection.database, document)
        if not self.fence.has_transactions:
            self.record("standalone", self._owner, STANDALONE)

    @property
    def job_id(self) -> str:
        """The job's id."""
        return str(self.document["job_id"])

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop, as far as this process knows."""
        return bool(self.document.get("cancel_asked_by"))

    def update(self, **fields: Any) -> None:
        """Set fields, which is progress, and renew the lease.

        Raises:
            JobCancelledError: Somebody asked it to stop.
            LeaseLostError: Another worker took the job over.
        """
        began = _began(fields) if "phase" in fields else {}
        self._set(fields | began | {"lease": new_lease(self._owner), "progress_at": NOW})
        if self.is_cancelled:
            raise JobCancelledError(self.job_id)

    def beat(self, *, has_progress: bool = False) -> None:
        """Renew the lease, and tell whether anything went on since the last time."""
        progress = {"progress_at": NOW} if has_progress else {}
        self._set(progress | {"lease": new_lease(self._owner)})

    def record(self, what: str, who: str, detail: str, **fields: Any) -> None:
        """Add an event to the job's history, and set fields."""
        self._set(fields, event(what, who, detail))

    def wait(self, seconds: float, error: str, *, is_first: bool) -> None:
        """Tell that the run waits, for how long, and why."""
        until = after(timedelta(seconds=seconds))
        events = [event("wait", self._owner, error)] if is_first else []
        self._set({"not_before": until, "error": error}, *events)

    def release(self, seconds: float, error: str) -> None:
        """Give the job back; a worker comes back to it after a while."""
        fields = UNHELD | {"not_before": after(timedelta(seconds=seconds)), "error": error}
        self._set(fields, event("release", self._owner, error))

    def ending(self, status: str, error: str | None = None) -> Ending:
        """Return how the run ends, now."""
        return Ending(status, server_time(self._collection.database), error)

    def finish(self, status: str, *, error: str | None = None, **fields: Any) -> None:
        """End the run in a final state."""
        self.end(self.ending(status, error), **fields)

    def end(self, ending: Ending, **fields: Any) -> None:
        """End the run as it was settled."""
        self._set(UNHELD | ending.fields | fields, self._ended(ending))

    def as_ended(self, ending: Ending) -> JobDocument:
        """Return the job as it will be once it has ended so."""
        events = [*self.document["events"], self._ended(ending)]
        return self.document | ending.fields | {"events": events}

    def _ended(self, ending: Ending) -> JobDocument:
        happened = {"at": ending.at, "what": ending.status, "who": self._owner}
        return happened | ({"detail": ending.error} if ending.error else {})

    def _set(self, fields: JobDocument, *happened: Any) -> None:
        held = {
            "company_sso_id": self.document["company_sso_id"],
            "job_id": self.job_id,
            "status": self.document["status"],
            "fence": self.document["fence"],
            "lease.owner": self._owner,
        }
        found = self._collection.find_one_and_update(
            held, change(fields, *happened), return_document=ReturnDocument.AFTER
        )
        if found is None:
            raise LeaseLostError(self.job_id)
        self._watch(self.document, found)
        self.document = found


def _began(fields: JobDocument) -> dict[str, Expression]:
    """Note when a phase began, and after how many audits: the operations page tells its rate."""
    processed = processed_count(fields.get("counts", NO_COUNTS))
    return {"phase_began": structure({"at": NOW, "processed": processed})}
