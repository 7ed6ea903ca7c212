"""Which person an audit is about, and which contact that is (rule: contact)."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loaders.verify.rederive.changes import Change
from loaders.verify.rederive.facts import Audit, Json, Known
from loaders.verify.rederive.parsing import read_integer
from loaders.verify.rederive.rules import Rules

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


def derived_person(
    audit: Audit, changes: Sequence[Change], rules: Rules, known: Known
) -> Person | None:
    """Return the first candidate that exists."""
    keys = rules.keys_of(audit.auditable_type)
    is_audited = audit.auditable_type in rules.persons
    is_associated = audit.associated_type in rules.persons
    candidates = {
        "comment": _in_comment(audit.comment, keys),
        "changes": _first(person_in(changes, key) for key in keys),
        "auditable": person_id(audit.auditable_id) if is_audited else None,
        "associated": person_id(audit.associated_id) if is_associated else None,
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


def is_erased(person: Person, contact: Contact, known: Known) -> bool:
    """Tell whether the person was to be forgotten, by the own id or as the contact."""
    is_contact = len(contact.ids) == 1 and contact.ids[0] in known.erased.contact_ids
    return is_contact or person.id in known.erased.person_ids


def person_id(value: Json) -> int | None:
    """Read a person id: an integer above zero or its digits; anything else is no candidate."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    if not DIGITS.fullmatch(text):
        return None
    digits = text.lstrip("0")
    return int(digits) if 0 < len(digits) < 20 and int(digits) <= LARGEST_ID else None


def person_in(changes: Sequence[Change], field: str) -> int | None:
    """Return the person id that a change leaves: the new value, the old one when that is null."""
    for change in changes:
        if change["field"] == field:
            return person_id(change["from"] if change["to"] is None else change["to"])
    return None


def _in_comment(comment: str | None, keys: Sequence[str]) -> int | None:
    """Read the comment's JSON; half of a surrogate pair is no text, and so no JSON."""
    try:
        document = json.loads(comment or "", parse_constant=_refused, parse_int=read_integer)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return _first(person_id(document.get(key)) for key in keys)


def _first(ids: Iterable[int | None]) -> int | None:
    return next((id_ for id_ in ids if id_ is not None), None)


def _refused(name: str) -> Json:
    raise ValueError(name)
