"""Compares what was derived with what MongoDB and the mart have (rule: second derivation)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ingest.shared.denied import is_denied
from loaders.documents.document import Document, field_differences
from loaders.verify.rederive.derivation import Derived
from loaders.verify.rederive.facts import Json

DENIED = "[denied]"


class Difference(NamedTuple):
    """A row of ``readback.sample_differences``; values of denied fields are never in it."""

    audit_id: int
    external_id: str
    field: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Outside:
    """What there is of the sampled audits.

    Attributes:
        documents: Migrated documents in MongoDB by external id.
        outcomes: The mart's outcome and reason by audit id.
        load_failures: Audits that could not be written.
    """

    documents: Mapping[str, Document]
    outcomes: Mapping[int, str]
    load_failures: Collection[int]


def differences(found: Derived, outside: Outside, denied: Collection[str]) -> list[Difference]:
    """Return every place where an audit is not as the rules say."""
    audit = found.audit
    places = [*_of_outcome(found, outside), *_of_document(found, outside, denied)]
    return [Difference(audit.id, audit.external_id, *place) for place in places]


def _of_outcome(found: Derived, outside: Outside) -> Iterator[tuple[str, str, str]]:
    expected = found.outcome.words
    actual = outside.outcomes.get(found.audit.id, "none")
    if expected != actual:
        yield "outcome", expected, actual


def _of_document(
    found: Derived, outside: Outside, denied: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    stored = outside.documents.get(found.audit.external_id)
    if stored is None:
        if found.document is not None and found.audit.id not in outside.load_failures:
            yield "document", "present", "absent"
    elif found.document is None:
        yield "document", f"absent ({found.outcome.words})", "present"
    else:
        expected, actual = without_values(found.document, denied), without_values(stored, denied)
        yield from field_differences(expected, actual)


def without_values(value: Any, denied: Collection[str]) -> Json:
    """Replace the values of denied fields, be they members of a map or changes."""
    if isinstance(value, list):
        return [without_values(item, denied) for item in value]
    if not isinstance(value, Mapping):
        return value
    is_denied_change = is_denied(str(value.get("field", "")), denied)
    return {
        name: DENIED
        if is_denied(name, denied) or (is_denied_change and name != "field")
        else without_values(item, denied)
        for name, item in value.items()
    }
