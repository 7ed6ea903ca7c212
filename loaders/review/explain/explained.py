"""What is known of one audit, layer by layer; the page and the JSON show the same."""

from dataclasses import dataclass, field
from typing import Any

from ingest.shared.errors import CrmError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Staged:
    """The audit as the extract copied it.

    ``audited_changes`` is null where the text holds the name of a denied field.
    """

    auditable_type: str | None
    auditable_id: int | None
    associated_type: str | None
    associated_id: int | None
    audit_action: str | None
    created_at: str | None
    version: int | None
    crm_user_type: str | None
    crm_user_id: int | None
    username: str | None
    comment: str | None
    audited_changes: str | None
    has_denied_fields: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """Which path read the changes, and what it read (rule: changes)."""

    parser: str | None
    parser_words: str
    parse_error: str | None
    unknown_tags: Any
    changes: list[Json]
    denied_field_names: list[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may name the person (rule: contact)."""

    source: str
    crm_person_id: int | None
    is_taken: bool
    words: str
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Which person the audit is about, and which contact of the CDP that is (rule: contact)."""

    candidates: list[Candidate]
    crm_person_id: int | None
    by_source_id: str
    by_id_map: str
    contact_id: str | None
    contact_source: str | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, hop by hop (rule: actor); no e-mail address, only whether one is known."""

    crm_user: str
    is_email_known: bool
    sso_user: str
    actor_type: str
    actor_name: str
    sso_user_id: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Category:
    """What the log would be called, and by which rule (rule: category)."""

    category: str | None
    action: str | None
    category_rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the audit goes, why, and what would change it (rule: outcome)."""

    outcome: str
    reason: str | None
    detail: str | None
    words: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Warehoused:
    """All that the account's warehouse knows of an audit.

    ``drift`` has the causes that the last reconciliation found.
    """

    staged: Staged
    reading: Reading | None = None
    contact: Contact | None = None
    actor: Actor | None = None
    category: Category | None = None
    outcome: Outcome | None = None
    load_failure: Outcome | None = None
    document: Json | None = None
    drift: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which MongoDB is not what the rules make."""

    field: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What MongoDB holds under the audit's key; ``is_equal`` is null without two to compare.

    ``is_ours`` tells whether it is as a job of the account, or a push, wrote it.
    """

    is_found: bool
    is_ours: bool = False
    is_equal: bool | None = None
    job_id: str | None = None
    written_at: str | None = None
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AtSource:
    """What the CRM says of an audit that is not staged; nothing of another organization's."""

    is_found: bool
    is_own: bool = False
    organization_id: int | None = None
    auditable_type: str | None = None
    audit_action: str | None = None
    created_at: str | None = None
    is_mapped: bool = False
    is_older: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """The last extract, and when one saw that the CRM had deleted the audit after staging."""

    extracted_at: str | None
    cutoff: str | None
    gone_at: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What each system says; null where it was not asked."""

    warehouse: Warehoused | None
    at_source: AtSource | None
    extract: Extract
    mongodb: Stored | None

    @property
    def is_nowhere(self) -> bool:
        """Whether the CRM was asked and has no such audit, and nobody else knows of one."""
        is_known = self.warehouse or self.extract.gone_at
        is_stored = self.mongodb is not None and self.mongodb.is_found
        return bool(self.at_source and not self.at_source.is_found) and not (is_known or is_stored)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer and all that it rests on.

    ``in_mongodb`` and ``cause`` are the names in `sentences.PRESENCES` and `sentences.CAUSES`.
    ``at_source`` and ``extract`` are null of a staged audit. ``not_asked`` says which system could not be asked, and why; then its part is null.
    """

    account: str
    audit_id: int
    in_mongodb: str
    cause: str
    answer: str
    next_step: str
    warehouse: Warehoused | None
    at_source: AtSource | None
    extract: Extract | None
    mongodb: Stored | None
    not_asked: list[str]

    def raise_unless_answered(self) -> None:
        """Fail when the audit is not staged and the CRM could not be asked why.

        Raises:
            CrmError: The question stays open.
        """
        if self.warehouse is None and self.at_source is None:
            raise CrmError(f"audit {self.audit_id} is not staged. {self.not_asked[-1]}")
