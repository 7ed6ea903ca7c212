"""The errors of what follows the extract, beside those of `ingest.shared` and `loaders.jobs`.

::

    MigrationError                  exit code 1
    ├── StageFailedError            the exit code of the child
    ├── LostValueError              a long value is not, or no more, what the mart was made of
    ├── LakeError                   the lake's catalog or its environment cannot be used
    ├── ReconciliationError         exit code 5
    ├── RollbackError
    ├── SignOffError                exit code 5
    ├── PurgeError
    ├── WorkerEndedError
    ├── FleetError                  the exit code of its worst account
    ├── SchedulerLostError
    ├── NothingToDoError            exit code 6
    └── UsageError                  exit code 2
        ├── IdMapError
        ├── NotConfirmedError
        ├── SchedulerError
        ├── UnknownRunError
        └── UnknownVariableError
"""

from collections.abc import Sequence
from pathlib import Path

from ingest.shared.errors import MigrationError, UsageError
from ingest.shared.retry import PASSING_EXIT_CODE


class IdMapError(UsageError):
    """A file of persons and contacts cannot be imported; nothing of it was written.

    Args:
        path: The file.
        line: The line that is wrong; None when it is the file itself.
        problem: What is wrong.
    """

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        place = f"{path} line {line}" if line else str(path)
        super().__init__(f"{place}: {problem}; nothing was imported")


class StageFailedError(MigrationError):
    """A stage that runs as a child ended with an error.

    Args:
        stage: Name of the stage.
        exit_code: Its exit code, passed up; `PASSING_EXIT_CODE` when it may succeed later.
        message: Its own error line, without the prefix.
    """

    def __init__(self, stage: str, exit_code: int, message: str) -> None:
        self.stage = stage
        self.is_passing = exit_code == PASSING_EXIT_CODE
        self.exit_code = exit_code if 0 < exit_code < PASSING_EXIT_CODE else 1
        super().__init__(message)


class LostValueError(MigrationError):
    """A row of the mart names a long value that staging does not have.

    Args:
        place: Which value of its audit it is.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"long value {place} of an audit is not in staging as the mart was made of it; "
            "run `make ingest` and `make transform` again"
        )

    def __reduce__(self) -> tuple[type["LostValueError"], tuple[str]]:
        """Travel between processes."""
        return type(self), (self.place,)


class LakeError(MigrationError):
    """The lake's catalog or its environment cannot be used; the message says why."""


class ReconciliationError(MigrationError):
    """The sum does not close, or MongoDB differs from the mart (rule: reconciliation)."""

    exit_code = 5


class RollbackError(MigrationError):
    """A rollback is refused, or left something behind or changed."""


class PurgeError(MigrationError):
    """An account's staging is not removed.

    Args:
        account: The account.
        problem: Why not.
        remedy: What to do.
    """

    def __init__(self, account: str, problem: str, remedy: str) -> None:
        super().__init__(f"the staging of {account} stays: {problem}; {remedy}")


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


class NotConfirmedError(UsageError):
    """What deletes was not confirmed.

    Args:
        account: The account.
        problem: What would be deleted, and how to say so.
    """

    def __init__(self, account: str, problem: str) -> None:
        super().__init__(f"account {account}: {problem}")


class UnknownVariableError(UsageError):
    """A make variable that the target does not know: it would be passed over in silence.

    Args:
        target: The make target.
        name: The variable.
        near: The known one that is written nearly so, if any.
    """

    def __init__(self, target: str, name: str, near: str = "") -> None:
        hint = f"; did you mean {near}?" if near else ""
        super().__init__(f"make {target} knows no {name}{hint}")


class FleetError(MigrationError):
    """Accounts of a fleet need somebody; the others are done.

    Args:
        accounts: Those that did not end well.
        exit_code: The worst of theirs.
    """

    def __init__(self, accounts: Sequence[str], exit_code: int) -> None:
        self.exit_code = exit_code
        shown = ", ".join(accounts[:10]) + (", …" if len(accounts) > 10 else "")
        super().__init__(
            f"not every account ended well: {shown}; the fleet's next run takes them up again "
            "(those that halted with RESUME=1)"
        )


class SchedulerError(UsageError):
    """No Dask scheduler answers.

    Args:
        address: Where.
    """

    def __init__(self, address: str) -> None:
        super().__init__(f"SCHEDULER: no Dask scheduler answers at {address}: tcp://host:8786?")


class SchedulerLostError(MigrationError):
    """The Dask scheduler answers no more."""

    def __init__(self) -> None:
        super().__init__("the Dask scheduler is gone: what has completed stays; run again")
