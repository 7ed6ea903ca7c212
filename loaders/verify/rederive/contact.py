"""Which person an audit is about, and which contact that is (rule: contact)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from loaders.verify.rederive.changes import Change
from loaders.verify.rederive.facts import Audit, Json, Known

PERSON = "CrmPerson"
DIGITS = re.compile(r"[0-9]+")
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Person:
    """A CRM person, and where its id came from."""

    id: int
    source: str


@dataclass(frozen=True, slots=True)
class Contact:
    """The CDP's contacts of a person: one is right, none or several are a reason."""

    ids: tuple[str, ...]
    source: str


def derived_person(audit: Audit, changes: Sequence[Change], known: Known) -> Person | None:
    """Return the first candidate that exists."""
    candidates = {
        "comment": _in_comment(audit.comment),
        "changes": person_in(changes),
        "auditable": audit.auditable_id if audit.auditable_type == PERSON else None,
        "associated": audit.associated_id if audit.associated_type == PERSON else None,
        "link": known.linked_persons.get(audit.id),
    }
    found = ((source, id_) for source, id_ in candidates.items() if id_ is not None)
    return next((Person(id_, source) for source, id_ in found), None)


def derived_contact(person: Person, known: Known) -> Contact:
    """Look the person up among the contacts, then in the id map."""
    ids = known.contacts.get(str(person.id), ())
    if ids:
        return Contact(ids, f"{person.source}+source_id")
    return Contact(known.id_map.get(person.id, ()), f"{person.source}+id_map")


def person_id(value: Json) -> int | None:
    """Read a person id: an integer or a string of digits; anything else is no candidate."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    if not DIGITS.fullmatch(text):
        return None
    return int(text) if len(text) < 20 and int(text) <= LARGEST_ID else None


def person_in(changes: Sequence[Change], field: str = "crm_person_id") -> int | None:
    """Return the person id that a change leaves: the new value, the old one when that is null."""
    for change in changes:
        if change["field"] == field:
            return person_id(change["from"] if change["to"] is None else change["to"])
    return None


def _in_comment(comment: str | None) -> int | None:
    """Read the comment's JSON; half of a surrogate pair is no text, and so no JSON."""
    try:
        document = json.loads(comment or "", parse_constant=_refused)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return person_id(document.get("crm_person_id")) if isinstance(document, dict) else None


def _refused(name: str) -> Json:
    raise ValueError(name)
