"""What may become of an account's jobs: triggered, claimed, resumed, cancelled."""

from typing import Any

from loaders.jobs.errors import (
    JobAlreadyRunningError,
    JobHaltedError,
    JobOverError,
    NoResumableJobError,
    NothingToCancelError,
)
from loaders.jobs.fence import Fence, next_number
from loaders.jobs.held import Job
from loaders.jobs.job_changes import JobDocument, event
from loaders.jobs.job_document import (
    QUEUED,
    RESUMABLE,
    UNHELD,
    new_job,
    processed_count,
)
from loaders.jobs.lease import new_lease, own_name
from loaders.jobs.stored import StoredJobs


class Jobs(StoredJobs):
    """The jobs of one account, and what may become of them.

    Args:
        database: The CDP's database.
        account: The account.
        watch: Told of a job before and after a change.
    """

    def start(self, *, requested_by: str, resume: bool = False, **fields: Any) -> Job:
        """Begin a run: take over what a dead worker left, resume, or make a new job.

        Args:
            requested_by: Who asked for it.
            resume: Go on with the last job, which halted, failed or was cancelled.
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
        return self._unless_rolling_back(self.begin(requested_by=requested_by, **fields))

    def begin(self, *, requested_by: str, what: str = "trigger", **fields: Any) -> Job:
        """Make a new job that this process holds."""
        fields |= {"fence": next_number(self.database, self.account.company_sso_id)}
        job = self.insert(new_job(self.account, requested_by) | fields, what, requested_by)
        return Job(self.collection, self.watch, job, what)

    def trigger(self, *, requested_by: str, resume: bool = False, **fields: Any) -> JobDocument:
        """Queue a run for a worker: a job in progress that nobody holds.

        Args:
            requested_by: Who asked for it.
            resume: Go on with the last job, which halted, failed or was cancelled.
            fields: More fields of a new job.

        Raises:
            JobAlreadyRunningError: The account has an active job, or is rolled back.
            JobHaltedError: The last job halted, and ``resume`` is false.
            NoResumableJobError: ``resume`` is true and there is nothing to resume.
        """
        last = self.check_free(resume=resume)
        if resume and last:
            return self._queued_again(last, requested_by, fields.get("traceparent"))
        new = new_job(self.account, requested_by) | fields | QUEUED
        return self.insert(new, "trigger", requested_by)

    def check_free(self, *, resume: bool) -> JobDocument | None:
        """Return the last job if a run may be triggered after it, or none if there is none.

        Raises:
            JobError: As `trigger`.
        """
        last = self.running() or self.last()
        status = last["status"] if last else "not_started"
        if last and status in ("in_progress", "rolling_back"):
            raise JobAlreadyRunningError(last)
        if resume and status not in RESUMABLE:
            raise NoResumableJobError(self.account.account)
        if last and status == "halted" and not resume:
            raise JobHaltedError(last["job_id"])
        return last

    def take_over(self, job_id: str, *, requested_by: str) -> Job:
        """Take a queued job, or one whose holder died; never begin another .

        Raises:
            JobAlreadyRunningError: Another worker holds it.
            JobOverError: It is not in progress any more.
        """
        running = self.running()
        if not running or running["job_id"] != job_id:
            raise JobOverError(job_id)
        return self._unless_rolling_back(self._taken_over(running, requested_by))

    def cancel(self, *, requested_by: str) -> JobDocument:
        """End a job that nobody holds, or ask its holder to stop it.

        Returns:
            The job: ``cancelled``, or still ``in_progress`` until its holder has stopped.

        Raises:
            NothingToCancelError: No job is in progress.
            JobAlreadyRunningError: It was taken or released at this very moment.
        """
        running = self.running()
        if running is None:
            last = self.last()
            raise NothingToCancelError(self.account.account, last["status"] if last else None)
        if not self.is_free(running):
            return self._asked_to_stop(running, requested_by)
        number = next_number(self.database, self.account.company_sso_id)
        fields = UNHELD | {"status": "cancelled", "finished_at": self.moment(), "fence": number}
        cancelled = self.alter(running, fields, event("cancelled", requested_by))
        Fence.raised(self.database, cancelled)
        return cancelled

    def _asked_to_stop(self, running: JobDocument, requested_by: str) -> JobDocument:
        asked = self.set_status(
            running["job_id"],
            ["in_progress"],
            event("cancel", requested_by),
            cancel_asked_by=requested_by,
        )
        if asked is None:  # it ended at this very moment
            return self.cancel(requested_by=requested_by)
        return asked

    def claim_for_rollback(
        self, last: JobDocument | None, *, requested_by: str, note: JobDocument
    ) -> Job:
        """Take the account's last job, or a new one where there is none, to roll it back.

        Args:
            last: The last job, as it was seen.
            requested_by: Who asked for it.
            note: What is deleted, and what the job was before.

        Raises:
            JobAlreadyRunningError: A run began meanwhile, or another rollback.
        """
        fields = {"status": "rolling_back", "phase": "rollback", "rollback": note}
        if last is None:
            return self.begin(requested_by=requested_by, what="rollback", **fields)
        claimed = self._claimed(last, "rollback", requested_by, **fields)
        if running := self.running():
            before = {name: last.get(name) for name in ("status", "phase", "error", "rollback")}
            self.alter(claimed, UNHELD | before)
            raise JobAlreadyRunningError(running)
        return Job(self.collection, self.watch, claimed, "rollback")

    def _claimed(self, job: JobDocument, what: str, who: str, **fields: Any) -> JobDocument:
        """Take a job, if it still is as it was seen, under a number larger than any before."""
        number = next_number(self.database, self.account.company_sso_id)
        lease = new_lease(own_name())
        fields = UNHELD | {"lease": lease, "fence": number, "error": None} | fields
        return self.alter(job, fields, event(what, who))

    def _queued_again(
        self, last: JobDocument, requested_by: str, traceparent: str | None
    ) -> JobDocument:
        """Queue a job that ended too soon."""
        fields = QUEUED | {"finished_at": None, "error": None, "attempts": 0}
        fields |= {"traceparent": traceparent} | _accepted(last)
        return self.alter(last, fields, event("resume", requested_by))

    def _resumed(self, last: JobDocument | None, requested_by: str) -> Job:
        if not last or last["status"] not in RESUMABLE:
            raise NoResumableJobError(self.account.account)
        return self._unless_rolling_back(self._gone_on_with(last, "resume", requested_by))

    def _taken_over(self, running: JobDocument, requested_by: str) -> Job:
        if not self.is_free(running):
            raise JobAlreadyRunningError(running)
        if asked_by := running.get("cancel_asked_by"):  # its holder died before it could stop
            self.cancel(requested_by=asked_by)
            raise JobOverError(running["job_id"])
        return self._gone_on_with(running, "takeover", requested_by)

    def _gone_on_with(self, job: JobDocument, what: str, who: str) -> Job:
        fields = {"status": "in_progress", "finished_at": None} | _accepted(job)
        claimed = self._claimed(job, what, who, **fields)
        return Job(self.collection, self.watch, claimed, what)

    def _unless_rolling_back(self, job: Job) -> Job:
        """Look again: a rollback may have begun between the look and the claim."""
        rolling_back = self.collection.find_one(self._of_account | {"status": "rolling_back"})
        if rolling_back:
            job.finish("failed", error="a rollback runs")
            raise JobAlreadyRunningError(rolling_back)
        return job


def _accepted(job: JobDocument) -> JobDocument:
    """What a halted job failed counts no more as its failures once somebody goes on with it."""
    if job["status"] != "halted":
        return {}
    counts = job["counts"]
    return {"accepted": {"failed": counts["failed"], "processed": processed_count(counts)}}
