"""An audit by the rules of rule `outcome`: its outcome and, when it is ready, its whole document."""

import json
from dataclasses import dataclass
from typing import Any

from loaders.documents.document import Document, parsed_changes
from loaders.verify.rederive.actor import Actor, derived_actor
from loaders.verify.rederive.category import derived_category
from loaders.verify.rederive.changes import Change, derived_changes
from loaders.verify.rederive.contact import (
    Contact,
    Person,
    derived_contact,
    derived_person,
    is_erased,
)
from loaders.verify.rederive.facts import Audit, Known
from loaders.verify.rederive.outcome import READY, Findings, Outcome, derived_outcome
from loaders.verify.rederive.parsing import read
from loaders.verify.rederive.rules import Rules

NO_CONTACT = Contact((), "")


@dataclass(frozen=True, slots=True)
class Derived:
    """What the rules make of an audit; ``document`` only when it is ready."""

    audit: Audit
    outcome: Outcome
    person: Person | None
    document: Document | None


def derived(audit: Audit, rules: Rules, known: Known, company_sso_id: str) -> Derived:
    """Apply every rule to one audit."""
    reading = read(audit.audited_changes)
    changes = derived_changes(audit.action, reading.members, rules.denied)
    category = derived_category(audit, changes, rules)
    person = derived_person(audit, changes, rules, known)
    contact = derived_contact(person, known) if person else NO_CONTACT
    outcome = derived_outcome(
        audit,
        Findings(
            is_erased=person is not None and is_erased(person, contact, known),
            is_mapped=category is not None,
            is_parsed=reading.error is None,
            has_changes=bool(changes),
            has_person=person is not None,
            contact_count=len(contact.ids),
        ),
    )
    if outcome.outcome != READY or category is None or person is None:
        return Derived(audit, outcome, person, None)
    actor = derived_actor(audit, known, rules.users)
    made = {
        "company_sso_id": company_sso_id,
        "external_id": audit.external_id,
        "source_tag": "crm_migration",
        "customer_id": contact.ids[0],
        "category": category[0],
        "action": category[1],
        "user_id": actor.sso_id,
        "actor": _actor_members(actor),
        "changes": _storable(changes),
        "created_at": _to_milliseconds(audit),
        "metadata": _metadata(audit, person, contact, reading.parser),
    }
    return Derived(audit, outcome, person, _present(made))


def _actor_members(actor: Actor) -> Document:
    return _present({"type": actor.type, "name": actor.name, "crm_user_id": actor.crm_user_id})


def _storable(changes: list[Change]) -> list[Document]:
    """Bring values to what BSON can hold, as the loader does: a limit of storage, not a rule."""
    return parsed_changes(json.dumps(changes))


def _to_milliseconds(audit: Audit) -> Any:
    at = audit.created_at
    return at and at.replace(microsecond=at.microsecond // 1000 * 1000)


def _metadata(audit: Audit, person: Person, contact: Contact, parser: str) -> Document:
    return _present(
        {
            "crm_audit_id": audit.id,
            "auditable_type": audit.auditable_type,
            "auditable_id": audit.auditable_id,
            "associated_type": audit.associated_type,
            "associated_id": audit.associated_id,
            "crm_person_id": person.id,
            "audit_action": audit.action,
            "contact_source": contact.source,
            "parser": parser,
            **audit.carried,
        }
    )


def _present(members: dict[str, Any]) -> Document:
    """Absent is absent: no nulls (rule: document)."""
    return {name: value for name, value in members.items() if value is not None}
