"""Why a job cannot begin, go on or be held.

::

    MigrationError
    ├── GatesNotPassedError         exit code 3
    ├── HaltedError                 exit code 4
    └── JobError
        ├── JobAlreadyRunningError
        ├── JobHaltedError          exit code 4
        ├── NoResumableJobError     exit code 6
        ├── NothingToCancelError    exit code 6
        ├── JobOverError            exit code 6
        ├── JobCancelledError
        ├── ErrandOpenError
        └── LeaseLostError
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ingest.shared.errors import MigrationError


class GatesNotPassedError(MigrationError):
    """The account's last probe did not pass, or there is none (rule: gates).

    Args:
        account: The account.
        gates: The gates that failed, as the probe stored them; none where there is no probe.
        probed_at: When that was; none where there is no probe.

    Attributes:
        problem: The same in short, for the job's history.
    """

    exit_code = 3

    def __init__(
        self, account: str, gates: Sequence[Mapping[str, Any]], probed_at: datetime | None
    ) -> None:
        self.account = account
        self.gates = tuple(gates)
        self.probed_at = probed_at
        if probed_at is None:
            self.problem = "was not probed"
        else:
            names = ", ".join(gate["gate"] for gate in gates)
            self.problem = f"did not pass its last probe, {probed_at:%Y-%m-%d %H:%M} UTC: {names}"
        super().__init__(
            f"account {account} {self.problem}; run `make probe ACCOUNT={account}` and mend what "
            "it names, or go on with FORCE=1 (--force), which the job records"
        )


class HaltedError(MigrationError):
    """Too many audits failed; nothing is written after (rule: job).

    Args:
        failed: Failures so far.
        processed: Audits so far.
    """

    exit_code = 4

    def __init__(self, failed: int, processed: int) -> None:
        self.failed = failed
        super().__init__(
            f"halted: {failed:,} of {processed:,} audits failed "
            f"({100 * failed / processed:.2f} %, more than 10 %); "
            "see `make status` for the reasons, then go on with RESUME=1"
        )


class JobError(MigrationError):
    """A job cannot be started or gone on with."""


class JobAlreadyRunningError(JobError):
    """The account has an active job (rule: job).

    Args:
        job: Its document, which names who holds it and until when unless that is renewed.
    """

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job_id = job["job_id"]
        lease = job.get("lease") or {}
        expires_at: datetime | None = lease.get("expires_at")
        holder = "nobody; `make migrate` goes on with it, `make cancel` ends it"
        if expires_at:
            holder = f"{lease.get('owner')} until {expires_at:%Y-%m-%d %H:%M:%S} UTC; "
            holder += "wait for it; once that time is past, `make migrate` goes on with it and "
            holder += "`make cancel` ends it"
        super().__init__(
            f"JOB_ALREADY_RUNNING: job {self.job_id} of this account is held by {holder}"
        )


class ErrandOpenError(JobError):
    """A worker was asked for something else, which it has not done yet (rule: pages).

    Args:
        what: What it was asked for.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"a worker has yet to do what was asked before: {what.replace('_', ' ')}")


class JobHaltedError(JobError):
    """The account's last job halted and was not told to go on (rule: job)."""

    exit_code = 4

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(
            f"job {job_id} of this account halted at more than 10 % failures; "
            "look at `make status`, then go on with RESUME=1 (--resume)"
        )


class NoResumableJobError(JobError):
    """There is no halted, failed or cancelled job to go on with."""

    exit_code = 6

    def __init__(self, account: str) -> None:
        super().__init__(f"account {account} has no halted, failed or cancelled job to resume")


class NothingToCancelError(JobError):
    """No job of the account is in progress.

    Args:
        account: The account.
        status: The state of its last job; none where it has none.
    """

    exit_code = 6

    def __init__(self, account: str, status: str | None) -> None:
        self.status = status
        found = f"its last job is {status}" if status else "it never had one"
        super().__init__(f"account {account} has no job in progress to cancel: {found}")


class JobCancelledError(JobError):
    """The run was told to stop before its end."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(
            f"job {job_id} is cancelled; what it wrote stays, go on with RESUME=1 (--resume)"
        )


class JobOverError(JobError):
    """A job that was to be taken over is over (rule: job)."""

    exit_code = 6

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id} is not in progress any more: nothing to take over")


class LeaseLostError(JobError):
    """Another worker took the job over, or the account was claimed for something else since."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(
            f"job {job_id} was taken over by another worker, cancelled or rolled back; "
            "this one stops and writes nothing more"
        )
