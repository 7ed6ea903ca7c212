"""The job document of a run and its states (spec §9).

``in_progress → completed | failed | halted``; ``halted | failed → in_progress`` (resume);
``completed | halted | failed → rolling_back → rolled_back | rollback_failed``;
``completed → signed_off``, which a run afterwards voids, as does any change of what was signed.
One active job per account is a rule of the database: a unique index over ``in_progress``.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import DURABLE, CdpDatabase
from ingest.shared.seeds import Account
from loaders.errors import (
    JobAlreadyRunningError,
    JobHaltedError,
    JobOverError,
    LeaseLostError,
    NoResumableJobError,
)
from loaders.jobs.lease import is_over, new_lease, now, own_name

JobDocument = dict[str, Any]
Watch = Callable[[JobDocument, JobDocument], None]

NO_COUNTS = {
    "source": 0,
    "staged": 0,
    "migrated": 0,
    "already_present": 0,
    "skipped": 0,
    "failed": 0,
}
PROCESSED = ("migrated", "already_present", "skipped", "failed")
QUEUED: JobDocument = {"status": "in_progress", "phase": "queued", "lease": None}


def unwatched(_before: JobDocument, _after: JobDocument) -> None:
    """Nobody measures what changes."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends, settled before it is stored, so that its report can tell it."""

    status: str
    error: str | None = None
    at: datetime = field(default_factory=now)

    @property
    def fields(self) -> JobDocument:
        """The fields of the ended job."""
        return {"status": self.status, "error": self.error, "finished_at": self.at}


class Jobs:
    """The jobs of one account.

    Args:
        database: The CDP's database.
        account: The account.
        watch: Told of a job before and after a change, for metrics.
    """

    def __init__(self, database: CdpDatabase, account: Account, watch: Watch = unwatched) -> None:
        self.watch = watch
        self.collection = database.get_collection(JOBS, write_concern=DURABLE)
        self.account = account
        self._of_account = {"company_sso_id": account.company_sso_id}

    def last(self) -> JobDocument | None:
        """Return the newest job."""
        return self.collection.find_one(self._of_account, sort=[("started_at", -1), ("_id", -1)])

    def last_signed(self) -> JobDocument | None:
        """Return the newest job that was signed off."""
        query = self._of_account | {"sign_off": {"$exists": True}}
        return self.collection.find_one(query, sort=[("started_at", -1), ("_id", -1)])

    def sign(self, job_id: str, sign_off: dict[str, Any]) -> JobDocument | None:
        """Sign a completed job, or one whose sign-off is void, anew; return it, or none."""
        happened = event("sign_off", sign_off["by"], sign_off["note"] or None)
        fields = {"status": "signed_off", "sign_off": sign_off, "updated_at": now()}
        return self.collection.find_one_and_update(
            self._of_account | {"job_id": job_id, "status": {"$in": ["completed", "signed_off"]}},
            {"$set": fields, "$push": {"events": happened}},
            return_document=ReturnDocument.AFTER,
        )

    def running(self) -> JobDocument | None:
        """Return the job in progress."""
        return self.collection.find_one(self._of_account | {"status": "in_progress"})

    def start(self, *, requested_by: str, resume: bool = False, **fields: Any) -> "Job":
        """Begin a run: take over what a dead worker left, resume, or make a new job.

        Args:
            requested_by: Who asked for it.
            resume: Go on with the last job, which halted or failed.
            fields: More fields of a new job.

        Raises:
            JobAlreadyRunningError: Another worker holds the account.
            JobHaltedError: The last job halted, and ``resume`` is false.
            NoResumableJobError: ``resume`` is true and there is nothing to resume.
        """
        running = self.running()
        if running:
            return self._taken_over(running, requested_by)
        last = self.last()
        if last and last["status"] == "rolling_back":
            raise _already_running(last)
        if resume:
            return self._resumed(last, requested_by)
        if last and last["status"] == "halted":
            raise JobHaltedError(last["job_id"])
        return self._made(requested_by, fields)

    def trigger(self, *, requested_by: str, resume: bool = False, **fields: Any) -> JobDocument:
        """Queue a run for a worker: a job in progress that nobody holds (spec §11).

        Args:
            requested_by: Who asked for it.
            resume: Go on with the last job, which halted or failed.
            fields: More fields of a new job.

        Raises:
            JobAlreadyRunningError: The account has an active job, or is rolled back.
            JobHaltedError: The last job halted, and ``resume`` is false.
            NoResumableJobError: ``resume`` is true and there is nothing to resume.
        """
        last = self.check_free(resume=resume)
        if resume and last:
            return self._queued_again(last, requested_by)
        job: JobDocument = new_job(self.account, requested_by) | fields | QUEUED
        try:
            self.collection.insert_one(job)
        except DuplicateKeyError as error:
            raise _already_running(self.running() or job) from error
        self.watch({}, job)
        return job

    def check_free(self, *, resume: bool) -> JobDocument | None:
        """Return the last job if a run may be triggered after it, or none if there is none.

        Raises:
            JobError: As `trigger`.
        """
        last = self.running() or self.last()
        status = last["status"] if last else "not_started"
        if last and status in ("in_progress", "rolling_back"):
            raise _already_running(last)
        if resume and status not in ("halted", "failed"):
            raise NoResumableJobError(self.account.account)
        if last and status == "halted" and not resume:
            raise JobHaltedError(last["job_id"])
        return last

    def take_over(self, job_id: str, *, requested_by: str) -> "Job":
        """Take a queued job, or one whose holder died; never begin another (spec §9).

        Raises:
            JobAlreadyRunningError: Another worker holds it.
            JobOverError: It is not in progress any more.
        """
        running = self.running()
        if not running or running["job_id"] != job_id:
            raise JobOverError(job_id)
        return self._unless_rolling_back(self._taken_over(running, requested_by))

    def set_status(self, job_id: str, allowed: list[str], **fields: Any) -> JobDocument | None:
        """Change a job that is in one of the allowed states; return it, or none."""
        return self.collection.find_one_and_update(
            self._of_account | {"job_id": job_id, "status": {"$in": allowed}},
            {"$set": fields | {"updated_at": now()}},
            return_document=ReturnDocument.AFTER,
        )

    def _made(self, requested_by: str, fields: dict[str, Any]) -> "Job":
        job: JobDocument = new_job(self.account, requested_by) | fields
        try:
            self.collection.insert_one(job)
        except DuplicateKeyError as error:
            raise _already_running(self.running() or job) from error
        self.watch({}, job)
        return self._unless_rolling_back(Job(self, job))

    def _queued_again(self, last: JobDocument, requested_by: str) -> JobDocument:
        """Queue a halted or failed job; what it failed so far counts no more as its failures."""
        counts = last["counts"]
        processed = sum(counts[name] for name in PROCESSED)
        accepted = {"failed": counts["failed"], "processed": processed}
        fields: dict[str, Any] = QUEUED | {"finished_at": None, "error": None, "updated_at": now()}
        fields |= {"accepted": accepted} if last["status"] == "halted" else {}
        fields |= {"attempts": 0}
        change = {"$set": fields, "$push": {"events": event("resume", requested_by)}}
        query = self._of_account | {"job_id": last["job_id"], "status": last["status"]}
        try:
            queued = self.collection.find_one_and_update(
                query, change, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError as error:
            raise _already_running(self.running() or last) from error
        if queued is None:
            raise _already_running(self.running() or last)
        self.watch(last, queued)
        return queued

    def _resumed(self, last: JobDocument | None, requested_by: str) -> "Job":
        if not last or last["status"] not in ("halted", "failed"):
            raise NoResumableJobError(self.account.account)
        return self._unless_rolling_back(self._claimed(last, "resume", requested_by))

    def _taken_over(self, running: JobDocument, requested_by: str) -> "Job":
        if not is_over(running.get("lease")):
            raise _already_running(running)
        return self._claimed(running, "takeover", requested_by)

    def _claimed(self, job: JobDocument, what: str, who: str) -> "Job":
        """Take a job if it still is as it was seen: of two workers one wins."""
        seen = {name: job.get(name) for name in ("job_id", "status", "lease")}
        fields = {
            "status": "in_progress",
            "lease": new_lease(own_name()),
            "updated_at": now(),
            "finished_at": None,
            "error": None,
        }
        change = {"$set": fields, "$push": {"events": event(what, who)}}
        try:
            claimed = self.collection.find_one_and_update(
                self._of_account | seen, change, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError as error:
            raise _already_running(self.running() or job) from error
        if claimed is None:
            raise _already_running(self.running() or job)
        self.watch(job, claimed)
        return Job(self, claimed, claimed_as=what, previous_status=job["status"])

    def _unless_rolling_back(self, job: "Job") -> "Job":
        """Look again: a rollback may have begun between the look and the claim."""
        rolling_back = self.collection.find_one(self._of_account | {"status": "rolling_back"})
        if rolling_back:
            job.finish("failed", error="a rollback runs")
            raise _already_running(rolling_back)
        return job


class Job:
    """A job that this process holds.

    Args:
        jobs: The account's jobs.
        document: The job document as it is stored.
        claimed_as: ``trigger`` for a new job, else ``takeover`` or ``resume``.
        previous_status: The status before it was claimed.
    """

    def __init__(
        self,
        jobs: Jobs,
        document: JobDocument,
        claimed_as: str = "trigger",
        previous_status: str = "",
    ) -> None:
        self._jobs = jobs
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

    def _ended(self, ending: Ending) -> dict[str, Any]:
        return event(ending.status, self._owner, ending.error) | {"at": ending.at}

    def _set(self, fields: dict[str, Any], happened: dict[str, Any] | None = None) -> None:
        held = {
            "company_sso_id": self._jobs.account.company_sso_id,
            "job_id": self.job_id,
            "status": "in_progress",
            "lease.owner": self._owner,
        }
        change: dict[str, Any] = {"$set": fields | {"updated_at": now()}}
        if happened:
            change["$push"] = {"events": happened}
        found = self._jobs.collection.find_one_and_update(
            held, change, return_document=ReturnDocument.AFTER
        )
        if found is None:
            raise LeaseLostError(self.job_id)
        self._jobs.watch(self.document, found)
        self.document = found


def new_job(account: Account, requested_by: str) -> JobDocument:
    """Return the document of a run that begins now (spec §9)."""
    moment = now()
    return {
        "job_id": str(uuid.uuid4()),
        "company_sso_id": account.company_sso_id,
        "account": account.account,
        "status": "in_progress",
        "phase": "start",
        "requested_by": requested_by,
        "started_at": moment,
        "updated_at": moment,
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
        "events": [event("trigger", requested_by)],
    }


def _began(fields: dict[str, Any]) -> dict[str, Any]:
    """Note when a phase began, and after how many audits: the operations page tells its rate."""
    counts = fields.get("counts", NO_COUNTS)
    processed = sum(counts[name] for name in PROCESSED)
    return {"phase_began": {"at": now(), "processed": processed}}


def event(what: str, who: str, detail: str | None = None) -> dict[str, Any]:
    """Return one line of the job's history: who did what when."""
    happened: dict[str, Any] = {"at": now(), "what": what, "who": who}
    return happened | ({"detail": detail} if detail else {})


def _already_running(job: JobDocument) -> JobAlreadyRunningError:
    lease = job.get("lease") or {}
    expires_at: datetime | None = lease.get("expires_at")
    return JobAlreadyRunningError(job["job_id"], lease.get("owner", "nobody"), expires_at)
