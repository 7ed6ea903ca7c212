"""What a reconciliation found, as the job and the report tell it (rule: reconciliation)."""

from dataclasses import dataclass
from typing import Any

from ingest.shared.errors import MigrationError
from loaders.errors import NothingToDoError, ReconciliationError
from loaders.jobs.job_document import MODEL_FIGURES
from loaders.transform.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reconciliation found.

    ``sample_problem`` is what the second derivation of a sample found; empty when nothing. Drift
    is among the figures, and no problem (rule: drift).
    """

    figures: dict[str, Any]
    open_hops: tuple[str, ...]
    differences: dict[str, int]
    audit_count: int
    sample_problem: str = ""

    @property
    def problem(self) -> str:
        """Say in one line what does not close or differs; empty when all is good."""
        found = []
        if self.open_hops:
            found.append(f"the balance does not close at: {', '.join(self.open_hops)}")
        if self.differences:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.differences.items())
            found.append(f"MongoDB differs from the mart: {kinds}")
        if self.sample_problem:
            found.append(self.sample_problem)
        return "; ".join(found)

    @property
    def error(self) -> MigrationError | None:
        """What fails a run: the sum does not close, something differs, or nothing was verified.

        An account whose audits are all skipped or failed by a rule has no document to compare;
        its sum closes, so it is verified. Without any audit there is nothing to verify.
        """
        if self.problem:
            return ReconciliationError(
                f"{self.problem}; see reconciliation.balance, fidelity_differences and "
                "sample_differences"
            )
        if not self.audit_count:
            return NothingToDoError("nothing to verify: the account has no audit in scope")
        return None

    def raise_unless_good(self) -> None:
        """Fail with what fails a run.

        Raises:
            ReconciliationError: The sum does not close, or a document differs.
            NothingToDoError: There is no audit at all.
        """
        if self.error:
            raise self.error


def read_verdict(warehouse: Warehouse, documents_sha256: str) -> Verdict:
    """Read what the models of the schema ``reconciliation`` say; no figure is made here.

    Args:
        warehouse: The account's open warehouse, into which MongoDB was read back.
        documents_sha256: The hash over all that was read (a sign-off names it).
    """
    found = warehouse.rows("select * from reconciliation.figures")[0]
    hops = warehouse.rows("select hop from reconciliation.balance where not is_closed")
    kinds = warehouse.rows("select * from reconciliation.differences_by_kind order by difference")
    causes = warehouse.rows("select * from reconciliation.drift_by_cause order by cause_number")
    differences = {row["difference"]: row["log_count"] for row in kinds}
    figures = {name: found[name] for name in MODEL_FIGURES}
    figures |= {
        "differences": differences,
        "drift": {row["cause"]: row["log_count"] for row in causes},
        "documents_sha256": documents_sha256,
    }
    open_hops = tuple(row["hop"] for row in hops)
    return Verdict(figures, open_hops, differences, found["classified_count"])
