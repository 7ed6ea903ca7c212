"""The cards on top of the report: a figure, what it is of, and in words whether it is as it should be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GOALS = {
    "eligible_accuracy_pct": 99.0,
    "explained_pct": 100.0,
    "fidelity_pct": 100.0,
    "coverage_pct": 99.0,
}
"""What a figure must at least be (rule: reconciliation)."""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure.

    Args:
        name: What it is.
        value: A share in percent, or a count.
        of: What it rests on.
        tone: ``good``, ``warn``, ``bad``, or ``calm`` where there is nothing to reach.
        word: The tone in words; empty where it is calm.
    """

    name: str
    value: float | int | None
    of: str
    tone: str = "calm"
    word: str = ""

    @property
    def is_share(self) -> bool:
        """Whether the value is a share."""
        return not isinstance(self.value, int)


def cards(facts: Mapping[str, Any]) -> Iterator[Card]:
    """Yield the cards of a report; of a preview, what a run would do.

    Args:
        facts: The report's content.
    """
    figures, coverage = facts["figures"], facts["contact_coverage"]
    yield from _forecast(facts) if facts["is_preview"] else _found(figures)
    missing = coverage["missing_count"] + coverage["ambiguous_count"]
    of = f"{missing:,} of {coverage['person_count']:,} persons are not one contact of the CDP"
    yield _share("contact coverage", coverage, "coverage_pct", of)


def _found(figures: Mapping[str, Any]) -> Iterator[Card]:
    failed = figures["failed_count"] + figures["unloaded_count"]
    documents = f"{figures['mongo_count']:,} documents"
    yield _share(
        "of the eligible",
        figures,
        "eligible_accuracy_pct",
        f"of the audits that no rule skips; {failed:,} failed",
    )
    yield _share(
        "explained",
        figures,
        "explained_pct",
        f"documents, skips and failures of {figures['source_count']:,} audits",
    )
    yield _share(
        "fidelity",
        figures,
        "fidelity_pct",
        f"{figures['difference_count']:,} differences in {figures['expected_count']:,} documents",
    )
    yield _current(figures)
    yield Card(
        "accuracy",
        figures["accuracy_pct"],
        f"{documents} of {figures['source_count_now']:,} audits in scope. {figures['skipped_count']:,} "
        "are skipped by a rule, such as those that name no person: no goal",
    )


def _current(figures: Mapping[str, Any]) -> Card:
    drifted = figures["drifted_count"]
    of = f"{drifted:,} documents would be made otherwise today"
    tone, word = ("warn", "drift") if drifted else ("good", "as today's rules")
    return Card("current", figures["current_pct"], of, tone, word)


def _forecast(facts: Mapping[str, Any]) -> Iterator[Card]:
    figures = facts["figures"]
    fates = {row["fate"]: row["log_count"] for row in facts["load_preview"]}
    yield Card("would be inserted", fates.get("inserted", 0), "documents that MongoDB has not")
    yield Card("already there", fates.get("already_present", 0), "documents with equal content")
    drifted = fates.get("drifted", 0)
    tone, word = ("warn", "drift") if drifted else ("calm", "")
    yield Card("would stay as they are", drifted, "made otherwise today", tone, word)
    yield Card("would be skipped", figures["skipped_count"], "audits, by a rule")
    failed = figures["failed_count"]
    tone, word = ("bad", "look at them") if failed else ("good", "none")
    yield Card("would fail", failed, "audits, before the load", tone, word)


def _share(name: str, figures: Mapping[str, Any], column: str, of: str) -> Card:
    value, goal = figures[column], GOALS[column]
    wanted = "must be 100 %" if goal == 100 else f"goal {goal:.0f} %"
    if value is None:
        return Card(name, value, of)
    if value >= goal:
        return Card(name, value, of, "good", f"{wanted}: met")
    return Card(name, value, of, "bad", f"{wanted}: missed")
