"""Counts what became of the audits of a job (rule: loading)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loaders.load.written import Written


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
            self.add_outcome(outcome, reason, count)

    def add_outcome(self, outcome: str, reason: str | None, count: int) -> None:
        """Add audits of one outcome and reason."""
        setattr(self, outcome, getattr(self, outcome) + count)
        if reason is not None:
            self.reasons[reason] += count

    def count_retry(self, reason: str, written: Written) -> None:
        """Count the last retry of one failure instead of the failure."""
        self.failed -= 1
        self.reasons[reason] -= 1
        self.add(written)


def tally_of(processed: Iterable[Mapping[str, Any]]) -> Tally:
    """Return the tally of audits that are counted by outcome and reason."""
    tally = Tally()
    for row in processed:
        name, reason, count = row["final_outcome"], row["final_reason"], row["audit_count"]
        tally.add_outcome(name, reason, count)
    return tally
