"""A job that this process holds: nobody else may change it before its lease ends (rule: job)."""

from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection

from loaders.jobs.errors import LeaseLostError
from loaders.jobs.job_document import NO_COUNTS, Ending, JobDocument, Watch, event, processed_count
from loaders.jobs.lease import new_lease, now


class Job:
    """A job that this process holds.

    Args:
        collection: Where it is stored.
        watch: Told of the job before and after a change.
        document: The job document as it is stored.
        claimed_as: ``trigger`` for a new job, else ``takeover`` or ``resume``.
        previous_status: The status before it was claimed.
    """

    def __init__(
        self,
        collection: Collection[JobDocument],
        watch: Watch,
        document: JobDocument,
        claimed_as: str = "trigger",
        previous_status: str = "",
    ) -> None:
        self._collection = collection
        self._watch = watch
        self.document = document
        self.claimed_as = claimed_as
        self.previous_status = previous_status
        self._owner = document["lease"]["owner"]

    @property
    def job_id(self) -> str:
        """The job's id."""
        return str(self.document["job_id"])

    def update(self, **fields: Any) -> None:
        """Set fields and renew the lease.

        Raises:
            LeaseLostError: Another worker took the job over.
        """
        began = _began(fields) if "phase" in fields else {}
        self._set(fields | began | {"lease": new_lease(self._owner)})

    def beat(self) -> None:
        """Renew the lease, and nothing else."""
        self.update()

    def record(self, what: str, who: str, detail: str, **fields: Any) -> None:
        """Add an event to the job's history, and set fields."""
        self._set(fields, event(what, who, detail))

    def finish(self, status: str, *, error: str | None = None, **fields: Any) -> None:
        """End the run in a final state."""
        self.end(Ending(status, error), **fields)

    def end(self, ending: Ending, **fields: Any) -> None:
        """End the run as it was settled."""
        self._set(ending.fields | fields, self._ended(ending))

    def as_ended(self, ending: Ending) -> JobDocument:
        """Return the job as it will be once it has ended so."""
        events = [*self.document["events"], self._ended(ending)]
        return self.document | ending.fields | {"events": events}

    def _ended(self, ending: Ending) -> JobDocument:
        return event(ending.status, self._owner, ending.error) | {"at": ending.at}

    def _set(self, fields: JobDocument, happened: JobDocument | None = None) -> None:
        held = {
            "company_sso_id": self.document["company_sso_id"],
            "job_id": self.job_id,
            "status": "in_progress",
            "lease.owner": self._owner,
        }
        change: JobDocument = {"$set": fields | {"updated_at": now()}}
        if happened:
            change["$push"] = {"events": happened}
        found = self._collection.find_one_and_update(
            held, change, return_document=ReturnDocument.AFTER
        )
        if found is None:
            raise LeaseLostError(self.job_id)
        self._watch(self.document, found)
        self.document = found


def _began(fields: JobDocument) -> JobDocument:
    """Note when a phase began, and after how many audits: the operations page tells its rate."""
    processed = processed_count(fields.get("counts", NO_COUNTS))
    return {"phase_began": {"at": now(), "processed": processed}}
