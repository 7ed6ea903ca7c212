"""The errors of the ingest stage.

::

    IngestError                     exit code 1
    ├── SettingsError               a variable is missing or has a value that cannot be used
    ├── UsageError                  exit code 2
    │   ├── InvalidSeedError
    │   ├── UnknownAccountError
    │   └── InvalidDateError
    ├── SourceError                 a source cannot be reached, or refuses
    │   ├── CrmError
    │   │   └── SourceContractError the CRM's columns are not the agreed ones
    │   ├── CdpError
    │   └── UsmanError
    ├── WarehouseError              the DuckDB file cannot be opened or written
    └── GateFailedError             exit code 3
"""

from collections.abc import Iterable, Iterator


class IngestError(Exception):
    """Base of all errors; its text is the one line that the command prints (spec §10)."""

    exit_code = 1


class SettingsError(IngestError):
    """An environment variable is missing or unusable.

    Args:
        variable: Name of the variable, or names joined by commas.
        problem: What is wrong with it, without its value when it may hold a secret.
    """

    def __init__(self, variable: str, problem: str) -> None:
        self.variable = variable
        super().__init__(f"{variable} {problem}")


class UsageError(IngestError):
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


class SourceError(IngestError):
    """A source cannot be read."""


class CrmError(SourceError):
    """The CRM's PostgreSQL cannot be reached or refuses a query."""


class SourceContractError(CrmError):
    """The CRM's relation has other columns than the contract says; nothing was landed.

    Args:
        relation: Name of the relation.
        differences: One sentence per column that differs.
    """

    def __init__(self, relation: str, differences: Iterable[str]) -> None:
        self.relation = relation
        self.differences = tuple(differences)
        super().__init__(
            f"the CRM's relation {relation} does not keep its contract: "
            f"{'; '.join(self.differences)}. Nothing was landed; "
            "offer a view with the agreed columns (CRM_AUDITS_RELATION, CRM_USERS_RELATION) "
            "or change ingest/tables.py"
        )


class CdpError(SourceError):
    """The CDP's MongoDB cannot be reached or refuses a query."""


class UsmanError(SourceError):
    """USMAN cannot be reached, refuses, or answers what cannot be understood."""


class WarehouseError(IngestError):
    """The account's DuckDB file cannot be opened or written."""


class GateFailedError(IngestError):
    """The account does not pass every gate of its probe (spec §6).

    Args:
        account: The account.
        gates: Names of the gates that failed.
        result: Where the whole result is.
    """

    exit_code = 3

    def __init__(self, account: str, gates: Iterable[str], result: object) -> None:
        self.gates = tuple(gates)
        super().__init__(
            f"account {account} does not pass {len(self.gates)} of its gates: "
            f"{', '.join(self.gates)}; all of it: {result}"
        )


def causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error down to what caused it, the error itself first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
