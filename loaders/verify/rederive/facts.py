"""What the rules of rule `outcome` are told: an audit, and what is known of persons and users."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from ingest.shared.crm_columns import AUDITS, INVALID_TEXT, known_text

EPOCH = datetime(1970, 1, 1)
BLANKS = " \t\r\n"

Json = Any


@dataclass(frozen=True, slots=True)
class Audit:
    """One row of the CRM's ``audits``, from PostgreSQL or as it was staged.

    ``created_at_us`` counts microseconds since 1970; none where there is no finite time. What is
    ``carried`` goes into the document's metadata as it is, by its column.
    """

    id: int
    auditable_id: int | None
    auditable_type: str
    associated_id: int | None
    associated_type: str | None
    user_id: int | None
    user_type: str | None
    username: str | None
    action: str | None
    audited_changes: str | None
    comment: str | None
    created_at_us: int | None
    carried: Mapping[str, Json]

    @property
    def has_invalid_text(self) -> bool:
        """Whether one of its texts is not UTF-8, as the extract or this one's reader noted."""
        texts = (*(getattr(self, each.name) for each in fields(self)), *self.carried.values())
        return any(isinstance(text, str) and text.startswith(INVALID_TEXT) for text in texts)

    @property
    def external_id(self) -> str:
        """The key of its document."""
        return f"crm_audit_{self.id}"

    @property
    def created_at(self) -> datetime | None:
        """When it happened (UTC); none where no year from 1 to 9999 tells it."""
        if self.created_at_us is None:
            return None
        try:
            return EPOCH + timedelta(microseconds=self.created_at_us)
        except OverflowError:
            return None


def audit_of(row: Mapping[str, Any]) -> Audit:
    """Make an audit of a row: the columns of the list, and ``created_at_us``."""
    known = {each.name: row[each.name] for each in fields(Audit) if each.name != "carried"}
    return Audit(**known, carried={each.name: row[each.name] for each in AUDITS if each.is_carried})


@dataclass(frozen=True, slots=True)
class CrmUser:
    """One row of the CRM's ``users``."""

    id: int
    email: str | None
    full_name: str | None
    is_deleted: bool


def known_user(user: CrmUser) -> CrmUser:
    """Leave out the texts of a user that are not UTF-8."""
    return replace(user, email=known_text(user.email), full_name=known_text(user.full_name))


@dataclass(frozen=True, slots=True)
class SsoUser:
    """What USMAN answered about an e-mail address."""

    sso_id: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """Who was to be forgotten: CRM persons, and contacts of the CDP."""

    person_ids: frozenset[int] = frozenset()
    contact_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known beside the audit itself.

    Attributes:
        users: CRM users by id.
        sso_users: USMAN's answers by e-mail address, in lower case.
        contacts: Ids of the CDP contacts that have a ``source_id``.
        id_map: Ids of the CDP contacts by CRM person id.
        erased: Persons who were to be forgotten, and contacts.
        linked_persons: By audit id, the person linked to its record at its time; empty where the
            account has no link history.
    """

    users: dict[int, CrmUser] = field(default_factory=dict)
    sso_users: dict[str, SsoUser] = field(default_factory=dict)
    contacts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    id_map: dict[int, tuple[str, ...]] = field(default_factory=dict)
    erased: Erased = field(default_factory=Erased)
    linked_persons: dict[int, int] = field(default_factory=dict)
