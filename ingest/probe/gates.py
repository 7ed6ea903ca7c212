"""What a gate says: what was found, what is needed, and the verdict (rule: gates)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ingest.shared.errors import SourceError


class Verdict(StrEnum):
    """Whether an account may be migrated, as one gate sees it; a warning lets it pass."""

    PASS = "pass"  # noqa: S105 - a verdict # nosec B105
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Gate:
    """One line of the probe's table.

    Args:
        name: Name of the gate.
        found: What was found, in words.
        needed: What is needed, in words.
        verdict: Whether that is enough.
        hint: What to do, empty where nothing is to be done.
        details: Everything behind ``found`` as JSON holds it; never personal data.
    """

    name: str
    found: str
    needed: str
    verdict: Verdict
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirement:
    """The fixed half of a gate: its name and what it needs."""

    name: str
    needed: str

    def passed(self, found: str, **details: Any) -> Gate:
        """Return the gate as passed."""
        return Gate(self.name, found, self.needed, Verdict.PASS, details=details)

    def warned(self, found: str, hint: str, **details: Any) -> Gate:
        """Return the gate as passed, with something to know."""
        return Gate(self.name, found, self.needed, Verdict.WARN, hint, details)

    def failed(self, found: str, hint: str, **details: Any) -> Gate:
        """Return the gate as failed."""
        return Gate(self.name, found, self.needed, Verdict.FAIL, hint, details)

    def asked(self, gate: Callable[[], Gate]) -> Gate:
        """Ask; a source that does not answer, or refuses, fails the gate."""
        try:
            return gate()
        except SourceError as error:
            return self.failed("no answer", str(error))
