"""What becomes of documents that are written: migrated, present already, or failed."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bson.raw_bson import RawBSONDocument
from pymongo.errors import DocumentTooLarge, OperationFailure

from loaders.documents.document import Document

Made = Document | RawBSONDocument

TOO_LARGE = "the document is larger than the 16 MB that MongoDB takes"
FOREIGN = "a document that this system did not write has this external_id; it was not overwritten"


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """An audit that should have been written and could not be."""

    audit_id: int
    reason: str
    message: str


@dataclass(slots=True)
class Written:
    """What became of a batch of documents."""

    migrated: int = 0
    already_present: int = 0
    failures: list[LoadFailure] = field(default_factory=list)

    def add(self, other: "Written") -> None:
        """Add what became of another part."""
        self.migrated += other.migrated
        self.already_present += other.already_present
        self.failures += other.failures


class Stored(NamedTuple):
    """What is compared of a log that is there."""

    content_hash: str | None
    job_id: str | None


def stored_of(found: Document) -> Stored:
    """Read what is compared; what is no text is none."""
    metadata = found.get("metadata") or {}
    values = (metadata.get("content_hash"), metadata.get("job_id"))
    return Stored(*(value if isinstance(value, str) else None for value in values))


def compare(made: Made, stored: Stored, job_id: str) -> Written:
    """Say what a document under the key means: it is present, whatever it holds, if it is ours."""
    if stored.content_hash is None:
        audit_id = made["metadata"]["crm_audit_id"]
        return Written(failures=[LoadFailure(audit_id, "foreign_document", FOREIGN)])
    is_own = stored.job_id == job_id
    return Written(migrated=int(is_own), already_present=int(not is_own))


def too_large(audit_id: int) -> LoadFailure:
    """Return the failure of a document beyond what MongoDB takes."""
    return LoadFailure(audit_id, "document_too_large", TOO_LARGE)


def fail(made: Made, error: Exception) -> Written:
    """Return the failure of a document that MongoDB or the driver refused; no value is told."""
    code = f" (code {error.code})" if isinstance(error, OperationFailure) else ""
    reason = "document_too_large" if isinstance(error, DocumentTooLarge) else "write_error"
    audit_id = made["metadata"]["crm_audit_id"]
    return Written(failures=[LoadFailure(audit_id, reason, f"{type(error).__name__}{code}")])


@dataclass(frozen=True, slots=True)
class NativeState:
    """Count and hash of the CDP's own logs up to an ``_id``."""

    count: int
    digest: str
    last_id: Any
