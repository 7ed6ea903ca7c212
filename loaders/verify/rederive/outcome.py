"""Where an audit goes, and why (rule: outcome)."""

from dataclasses import dataclass

from loaders.verify.rederive.facts import BLANKS, Audit

READY = "ready"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``ready``, ``skipped`` or ``failed``, with the reason of the latter two."""

    outcome: str
    reason: str | None = None

    @property
    def words(self) -> str:
        """Both in one text."""
        return f"{self.outcome}({self.reason})" if self.reason else self.outcome


@dataclass(frozen=True, slots=True)
class Findings:
    """What the other questions found out, as far as the outcome asks.

    Attributes:
        is_erased: The person was to be forgotten.
        is_mapped: There is a category.
        is_parsed: The changes could be read.
        has_changes: Some are left without the denied fields.
        has_person: There is a candidate.
        contact_count: How many contacts that person has.
    """

    is_erased: bool
    is_mapped: bool
    is_parsed: bool
    has_changes: bool
    has_person: bool
    contact_count: int


def derived_outcome(audit: Audit, found: Findings) -> Outcome:
    """Return the first reason that applies, in the specification's order."""
    is_bare_update = audit.action == "update" and not (found.has_changes or _has_comment(audit))
    reasons = (
        (found.is_erased, "skipped", "erased"),
        (not found.is_mapped, "skipped", "unmapped_action_type"),
        (audit.created_at is None, "failed", "invalid_created_at"),
        (audit.has_invalid_text, "failed", "invalid_text"),
        (not found.is_parsed, "failed", "unparseable_changes"),
        (is_bare_update, "skipped", "no_changes"),
        (not found.has_person, "skipped", "no_contact"),
        (found.contact_count > 1, "failed", "ambiguous_contact"),
        (found.contact_count == 0, "skipped", "contact_not_found"),
    )
    applying = (Outcome(outcome, reason) for applies, outcome, reason in reasons if applies)
    return next(applying, Outcome(READY))


def _has_comment(audit: Audit) -> bool:
    return bool((audit.comment or "").strip(BLANKS))
