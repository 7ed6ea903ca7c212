"""Counts what became of the audits of a job (spec §9)."""

from collections import Counter
from dataclasses import dataclass, field

from loaders.activity_logs import Written


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

    def add_outcomes(self, outcomes: list[tuple[str, str]]) -> None:
        """Add audits that the transform skipped or failed."""
        self.skipped += sum(outcome == "skipped" for outcome, _ in outcomes)
        self.failed += sum(outcome == "failed" for outcome, _ in outcomes)
        self.reasons.update(reason for _, reason in outcomes)

    def retried(self, reason: str, written: Written) -> None:
        """Count the last retry of one failure instead of the failure."""
        self.failed -= 1
        self.reasons[reason] -= 1
        self.add(written)
