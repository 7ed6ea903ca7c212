"""The errors of what follows the extract, beside those of `ingest.shared.errors`.

::

    MigrationError                  exit code 1
    ├── IdMapError                  exit code 2
    ├── GatesNotPassedError             exit code 3
    ├── JobError
    │   ├── JobAlreadyRunningError
    │   ├── JobHaltedError          exit code 4
    │   ├── NoResumableJobError     exit code 6
    │   ├── JobOverError            exit code 6
    │   └── LeaseLostError
    ├── StageFailedError            the exit code of the child
    ├── LakeError                   the lake's catalog or its environment cannot be used
    ├── HaltedError                 exit code 4
    ├── ReconciliationError         exit code 5
    ├── RollbackError
    ├── SignOffError                exit code 5
    ├── PurgeError
    ├── UnknownRunError             exit code 2
    ├── WorkerEndedError
    └── NothingToDoError            exit code 6
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.shared.errors import MigrationError, UsageError


class IdMapError(UsageError):
    """A file of persons and contacts cannot be imported; nothing of it was written.

    Args:
        path: The file.
        line: The line that is wrong; None when it is the file itself.
        problem: What is wrong.
    """

    exit_code = 2

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        place = f"{path} line {line}" if line else str(path)
        super().__init__(f"{place}: {problem}; nothing was imported")


class GatesNotPassedError(MigrationError):
    """The account's last probe did not pass, or there is none (spec §6).

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


class JobError(MigrationError):
    """A job cannot be started or gone on with."""


class JobAlreadyRunningError(JobError):
    """The account has an active job (spec §9).

    Args:
        job_id: The active job.
        owner: Who holds its lease.
        expires_at: When the lease ends unless it is renewed.
    """

    def __init__(self, job_id: str, owner: str, expires_at: datetime | None) -> None:
        self.job_id = job_id
        until = f" until {expires_at:%Y-%m-%d %H:%M:%S} UTC" if expires_at else ""
        super().__init__(
            f"JOB_ALREADY_RUNNING: job {job_id} of this account runs, held by {owner}{until}; "
            "wait for it, or for its lease to end"
        )


class JobHaltedError(JobError):
    """The account's last job halted and was not told to go on (spec §9)."""

    exit_code = 4

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(
            f"job {job_id} of this account halted at more than 10 % failures; "
            "look at `make status`, then go on with RESUME=1 (--resume)"
        )


class NoResumableJobError(JobError):
    """There is no halted or failed job to go on with."""

    exit_code = 6

    def __init__(self, account: str) -> None:
        super().__init__(f"account {account} has no halted or failed job to resume")


class JobOverError(JobError):
    """A job that was to be taken over is over (spec §9)."""

    exit_code = 6

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id} is not in progress any more: nothing to take over")


class LeaseLostError(JobError):
    """Another worker took the job over."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id} was taken over by another worker; this one stops")


class StageFailedError(MigrationError):
    """A stage that runs as a child ended with an error.

    Args:
        stage: Name of the stage.
        exit_code: Its exit code, passed up.
        message: Its own error line, without the prefix.
    """

    def __init__(self, stage: str, exit_code: int, message: str) -> None:
        self.stage = stage
        self.exit_code = exit_code if 0 < exit_code < 126 else 1
        super().__init__(message)


class LakeError(MigrationError):
    """The lake's catalog or its environment cannot be used; the message says why."""


class HaltedError(MigrationError):
    """Too many audits failed; nothing is written after (spec §9).

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


class ReconciliationError(MigrationError):
    """The sum does not close, or MongoDB differs from the mart (spec §10)."""

    exit_code = 5


class RollbackError(MigrationError):
    """A rollback is refused, or left something behind or changed."""


class PurgeError(MigrationError):
    """An account's staging is not removed before its run is signed.

    Args:
        account: The account.
        problem: What is missing.
    """

    def __init__(self, account: str, problem: str) -> None:
        super().__init__(
            f"the staging of {account} stays: {problem}; "
            f"`make signoff ACCOUNT={account} BY=…` first, or FORCE=1"
        )


class SignOffError(MigrationError):
    """A run cannot be signed off: it is not good, or what there is is not what it verified.

    Args:
        account: The account.
        objections: What stands against it, each in words.
    """

    exit_code = 5

    def __init__(self, account: str, objections: Sequence[str]) -> None:
        self.account = account
        self.objections = tuple(objections)
        super().__init__(f"account {account} cannot be signed off: {'; '.join(objections)}")


class UnknownRunError(UsageError):
    """No kept report is of such a run, or several are.

    Args:
        wish: The job id, or its beginning, that was asked for.
        known: The job ids that could be meant.
    """

    exit_code = 2

    def __init__(self, wish: str, known: Sequence[str]) -> None:
        self.wish = wish
        self.known = tuple(known)
        super().__init__(
            f"no single run is {wish!r}: use `last`, `previous`, or one of "
            f"{', '.join(self.known) or 'none: no report is kept yet'}"
        )


class WorkerEndedError(MigrationError):
    """The worker beside the app ended by itself.

    Args:
        worker_exit_code: Its exit code.
    """

    def __init__(self, worker_exit_code: int) -> None:
        self.worker_exit_code = worker_exit_code
        super().__init__(f"the worker ended with exit code {worker_exit_code}; see its error")


class NothingToDoError(MigrationError):
    """There is nothing to do or to verify."""

    exit_code = 6
