"""Counts what became of the audits of a job (rule: loading)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from loaders.jobs.held import Job
from loaders.load.written import Written
from loaders.transform.warehouse import Warehouse

FIRST = -(2**63)  # before the first audit


@dataclass(slots=True)
class Tally:
    """What became of the audits so far; ``processed`` counts each exactly once."""

    migrated: int = 0
    already_present: int = 0
    skipped: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def processed(self) -> int:
        """Audits with an outcome."""
        return self.migrated + self.already_present + self.skipped + self.failed

    @property
    def failure_rate(self) -> float:
        """Share of failures; skips and what was present count as processed, never as failures."""
        return self.failed / self.processed if self.processed else 0.0

    def add(self, written: Written) -> None:
        """Add a written batch."""
        self.migrated += written.migrated
        self.already_present += written.already_present
        self.failed += len(written.failures)
        self.reasons.update(failure.reason for failure in written.failures)

    def add_outcomes(self, outcomes: Iterable[tuple[str, str | None]]) -> None:
        """Add ``(outcome, reason)`` of audits that are not to be written, or are written already."""
        for (outcome, reason), count in Counter(outcomes).items():
            setattr(self, outcome, getattr(self, outcome) + count)
            if reason is not None:
                self.reasons[reason] += count

    def count_retry(self, reason: str, written: Written) -> None:
        """Count the last retry of one failure instead of the failure."""
        self.failed -= 1
        self.reasons[reason] -= 1
        self.add(written)


def tally_up_to(audit_id: int, warehouse: Warehouse, job: Job) -> Tally:
    """Count anew what a resumed job processed; only how many it migrated is its own to tell."""
    if audit_id == FIRST:
        return Tally()
    rows = warehouse.processed_counts(audit_id)
    counts = dict.fromkeys(("ready", "skipped", "failed"), 0)
    reasons: Counter[str] = Counter()
    for row in rows:
        counts[row["outcome"]] += row["audit_count"]
        reasons[row["reason"]] += row["audit_count"] if row["outcome"] != "ready" else 0
    migrated = job.document["counts"]["migrated"]
    present = max(0, counts["ready"] - migrated)
    return Tally(migrated, present, counts["skipped"], counts["failed"], +reasons)
