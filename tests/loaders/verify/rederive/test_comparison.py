"""What is compared, and what is never shown (rules: second derivation, denied fields)."""

from typing import Any

from loaders.documents.document import Document
from loaders.verify.rederive.comparison import DENIED, Difference, Outside, differences
from loaders.verify.rederive.derivation import Derived
from loaders.verify.rederive.outcome import Outcome
from tests.loaders.verify.rederive.audits import audit

DENIED_FIELDS = {"api_token"}
DOCUMENT: Document = {
    "external_id": "crm_audit_1",
    "changes": [{"field": "name", "from": "a", "to": "b"}],
    "metadata": {"crm_audit_id": 1},
}
READY = Derived(audit(), Outcome("ready"), None, DOCUMENT)
SKIPPED = Derived(audit(), Outcome("skipped", "no_contact"), None, None)


def stored(**changes: Any) -> Document:
    """The document as the loader writes it, with some fields of another value."""
    written = {"job_id": "j", "content_hash": "h"}
    made: Document = DOCUMENT | {"_id": 1, "metadata": {**DOCUMENT["metadata"], **written}}
    return made | changes


def found(
    derived: Derived, document: Document | None, outcome: str = "ready", failed: bool = False
) -> list[tuple[str, str, str]]:
    """Field, expected and actual of every difference."""
    documents = {} if document is None else {"crm_audit_1": document}
    outside = Outside(documents, {1: outcome}, {1} if failed else set())
    rows: list[Difference] = differences(derived, outside, DENIED_FIELDS)
    return [row[2:] for row in rows]


def test_job_and_hash_are_not_compared() -> None:
    """They are not the rules' to decide."""
    assert found(READY, stored()) == []


def test_a_document_that_is_not_there_is_a_difference() -> None:
    """Unless it is known that it could not be written."""
    assert found(READY, None) == [("document", "present", "absent")]
    assert found(READY, None, failed=True) == []


def test_a_document_that_should_not_be_there_is_a_difference() -> None:
    """The reason is told."""
    words = "skipped(no_contact)"
    assert found(SKIPPED, None, words) == []
    assert found(SKIPPED, stored(), words) == [("document", f"absent ({words})", "present")]


def test_the_marts_outcome_is_compared_too() -> None:
    """Also where nothing is to be in MongoDB."""
    assert found(SKIPPED, None, "skipped(no_changes)") == [
        ("outcome", "skipped(no_contact)", "skipped(no_changes)")
    ]


def test_the_value_of_a_denied_field_is_found_and_never_shown() -> None:
    """Be it a change, a member of a value, or a field of the document."""
    leaks: list[Document] = [
        {"changes": [{"field": "api_token", "from": None, "to": "s3cret"}]},
        {"changes": [{"field": "name", "from": None, "to": [{"API_token": "s3cret"}]}]},
        {"metadata": {**stored()["metadata"], "api_token": "s3cret"}},
    ]
    for leak in leaks:
        shown = str(found(READY, stored(**leak)))
        assert DENIED in shown
        assert "s3cret" not in shown


def test_metadata_of_another_type_is_a_difference() -> None:
    """Whatever MongoDB holds can be compared."""
    assert [field for field, _, _ in found(READY, stored(metadata="none"))] == ["metadata"]
