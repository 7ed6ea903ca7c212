"""The jobs of an account, as MongoDB keeps them (rule: job).

One active job per account is a rule of the database: a unique index over ``in_progress``.
"""

from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import DURABLE, CdpDatabase
from ingest.shared.seeds import Account
from loaders.jobs.errors import (
    JobAlreadyRunningError,
    JobHaltedError,
    JobOverError,
    NoResumableJobError,
)
from loaders.jobs.held import Job
from loaders.jobs.job_document import (
    QUEUED,
    JobDocument,
    Watch,
    event,
    new_job,
    processed_count,
    unwatched,
)
from loaders.jobs.lease import is_over, new_lease, now, own_name


class Jobs:
    """The jobs of one account.

    Args:
        database: The CDP's database.
        account: The account.
        watch: Told of a job before and after a change.
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

    def start(self, *, requested_by: str, resume: bool = False, **fields: Any) -> Job:
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
            raise JobAlreadyRunningError(last)
        if resume:
            return self._resumed(last, requested_by)
        if last and last["status"] == "halted":
            raise JobHaltedError(last["job_id"])
        job = self._inserted(new_job(self.account, requested_by) | fields)
        return self._unless_rolling_back(Job(self.collection, self.watch, job))

    def trigger(self, *, requested_by: str, resume: bool = False, **fields: Any) -> JobDocument:
        """Queue a run for a worker: a job in progress that nobody holds (rule: http).

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
        return self._inserted(new_job(self.account, requested_by) | fields | QUEUED)

    def check_free(self, *, resume: bool) -> JobDocument | None:
        """Return the last job if a run may be triggered after it, or none if there is none.

        Raises:
            JobError: As `trigger`.
        """
        last = self.running() or self.last()
        status = last["status"] if last else "not_started"
        if last and status in ("in_progress", "rolling_back"):
            raise JobAlreadyRunningError(last)
        if resume and status not in ("halted", "failed"):
            raise NoResumableJobError(self.account.account)
        if last and status == "halted" and not resume:
            raise JobHaltedError(last["job_id"])
        return last

    def take_over(self, job_id: str, *, requested_by: str) -> Job:
        """Take a queued job, or one whose holder died; never begin another (rule: job).

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

    def _inserted(self, job: JobDocument) -> JobDocument:
        try:
            self.collection.insert_one(job)
        except DuplicateKeyError as error:
            raise JobAlreadyRunningError(self.running() or job) from error
        self.watch({}, job)
        return job

    def _queued_again(self, last: JobDocument, requested_by: str) -> JobDocument:
        """Queue a halted or failed job; what it failed so far counts no more as its failures."""
        counts = last["counts"]
        accepted = {"failed": counts["failed"], "processed": processed_count(counts)}
        fields = QUEUED | {"finished_at": None, "error": None, "attempts": 0}
        fields |= {"accepted": accepted} if last["status"] == "halted" else {}
        return self._changed(last, fields, event("resume", requested_by))

    def _resumed(self, last: JobDocument | None, requested_by: str) -> Job:
        if not last or last["status"] not in ("halted", "failed"):
            raise NoResumableJobError(self.account.account)
        return self._unless_rolling_back(self._claimed(last, "resume", requested_by))

    def _taken_over(self, running: JobDocument, requested_by: str) -> Job:
        if not is_over(running.get("lease")):
            raise JobAlreadyRunningError(running)
        return self._claimed(running, "takeover", requested_by)

    def _claimed(self, job: JobDocument, what: str, who: str) -> Job:
        lease = new_lease(own_name())
        fields = {"status": "in_progress", "lease": lease, "finished_at": None, "error": None}
        claimed = self._changed(job, fields, event(what, who))
        return Job(self.collection, self.watch, claimed, what, job["status"])

    def _changed(self, job: JobDocument, fields: JobDocument, happened: JobDocument) -> JobDocument:
        """Change a job if it still is as it was seen: of two workers one wins."""
        seen = {name: job.get(name) for name in ("job_id", "status", "lease")}
        change = {"$set": fields | {"updated_at": now()}, "$push": {"events": happened}}
        try:
            changed = self.collection.find_one_and_update(
                self._of_account | seen, change, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError as error:
            raise JobAlreadyRunningError(self.running() or job) from error
        if changed is None:
            raise JobAlreadyRunningError(self.running() or job)
        self.watch(job, changed)
        return changed

    def _unless_rolling_back(self, job: Job) -> Job:
        """Look again: a rollback may have begun between the look and the claim."""
        rolling_back = self.collection.find_one(self._of_account | {"status": "rolling_back"})
        if rolling_back:
            job.finish("failed", error="a rollback runs")
            raise JobAlreadyRunningError(rolling_back)
        return job
