"""The errors that both packages raise.

::

    MigrationError                  exit code 1
    ├── SettingsError               a variable is missing or has a value that cannot be used
    ├── UsageError                  exit code 2
    │   ├── InvalidSeedError
    │   ├── UnknownAccountError
    │   └── InvalidDateError
    ├── SourceError                 a system cannot be reached, or refuses
    │   ├── CrmError
    │   └── CdpError
    │       └── MissingIndexError
    └── WarehouseError              the DuckDB file is absent, held, incomplete or another account's
"""

import errno
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ingest.shared.text import one_line


class MigrationError(Exception):
    """Base of all errors; its text is the one line that the command prints.

    Attributes:
        is_passing: What was refused now may be granted later, without anybody mending anything.
    """

    exit_code = 1
    is_passing: bool = False

    def __str__(self) -> str:
        return one_line(super().__str__())


class SettingsError(MigrationError):
    """An environment variable is missing or unusable.

    Args:
        variable: Name of the variable, or names joined by commas.
        problem: What is wrong with it, without its value when it may hold a secret.
    """

    def __init__(self, variable: str, problem: str) -> None:
        self.variable = variable
        super().__init__(f"{variable} {problem}")


class UsageError(MigrationError):
    """The command was called with something that does not exist or cannot be read."""

    exit_code = 2


class InvalidSeedError(UsageError):
    """A line of a seed cannot be used.

    Args:
        seed: File name of the seed.
        line: The line's number.
        problem: What is wrong with it.
    """

    def __init__(self, seed: str, line: int, problem: str) -> None:
        super().__init__(f"dbt_project/seeds/{seed} line {line}: {problem}")


class UnknownAccountError(UsageError):
    """The account is not in ``dbt_project/seeds/accounts.csv``.

    Args:
        account: The name that was asked for.
        known: The names that the seed holds.
    """

    def __init__(self, account: str, known: Iterable[str]) -> None:
        self.account = account
        self.known = tuple(known)
        super().__init__(
            f"unknown account {account!r}; known accounts: {', '.join(self.known)} "
            "(dbt_project/seeds/accounts.csv)"
        )


class InvalidDateError(UsageError):
    """The date range does not start at an ISO-8601 date or time."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"--date-range-start {text!r} is no ISO-8601 date or time, e.g. 2024-01-31"
        )


class SourceError(MigrationError):
    """A source cannot be read.

    Args:
        message: The line.
        is_passing: Whether it may be read later, as it is.
    """

    def __init__(self, message: str, *, is_passing: bool = False) -> None:
        self.is_passing = is_passing
        super().__init__(message)


class CrmError(SourceError):
    """The CRM's PostgreSQL cannot be reached or refuses a query.

    Its text holds no value of the CRM's.

    Args:
        message: The line.
        is_passing: Whether it may be read later, as it is.
        is_cut_short: Whether the statement took longer than it may; a shorter one may not.
    """

    def __init__(
        self, message: str, *, is_passing: bool = False, is_cut_short: bool = False
    ) -> None:
        self.is_cut_short = is_cut_short
        super().__init__(message, is_passing=is_passing)


class CdpError(SourceError):
    """The CDP's MongoDB cannot be reached or refuses a query."""


class MissingIndexError(CdpError):
    """A collection lacks an index that a run rests on (rule: document).

    Args:
        faults: One sentence per index that is missing or otherwise defined.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            f"{'; '.join(faults)}: run `make indexes`, after dropping what is otherwise defined"
        )


class WarehouseError(MigrationError):
    """The account's DuckDB file cannot be used.

    Args:
        path: The file.
        problem: What is wrong, and what to do.
    """

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(f"cannot use the warehouse {path}: {problem}")


def system_line(error: OSError) -> str:
    """Say in one line what the system refused."""
    if error.errno == errno.EMFILE:
        return "too many files are open: raise the limit (ulimit -n)"
    place = f"{error.filename}: " if error.filename else ""
    return one_line(f"{place}{error.strerror or type(error).__name__}")


def causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error down to what caused it, the error itself first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
