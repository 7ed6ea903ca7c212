"""The errors of extract and probe, beside those of `ingest.shared.errors`.

::

    MigrationError
    ├── CrmError
    │   └── SourceContractError     the CRM's columns are not the agreed ones
    ├── SourceError
    │   └── UsmanError              USMAN cannot be reached, refuses, or answers nonsense
    ├── RowsFileError               a file of doubtful rows cannot be read or written
    └── GateFailedError             exit code 3
"""

from collections.abc import Iterable

from ingest.shared.errors import CrmError, MigrationError, SourceError


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
            "or change ingest/shared/crm_columns.py"
        )


class UsmanError(SourceError):
    """USMAN cannot be reached, refuses, or answers what cannot be understood."""


class GateFailedError(MigrationError):
    """The account does not pass every gate of its probe (rule: gates).

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


class RowsFileError(MigrationError):
    """A file of rows cannot be opened, or one of its lines is not a row."""
