"""What the demo's CDP holds before a migration: contacts, id map, logs of its own."""

import uuid
from typing import Any

from ingest.demo.crm.plans import STARTS_AT
from ingest.demo.crm.words import NAMES
from ingest.shared.seeds import find_account

NAMESPACE = uuid.UUID("6f2e7c1a-0000-4000-8000-000000000001")


def fill_contacts(database: Any, account: str, persons: list[int], has_trouble: bool) -> None:
    """Make the contacts and the id map of an account's persons.

    Of a hundred persons 97 are found by `source_id` and 3 by the id map; where there is trouble,
    one in fifty has no contact, and one person two.
    """
    company = find_account(account).company_sso_id
    contacts, mapped = [], []
    for number, person in enumerate(persons, start=1):
        if has_trouble and number % 50 == 0:
            continue
        key, of_company = contact_id(account, person), {"company_sso_id": company}
        contact = {"_id": key, **of_company, "name": f"{NAMES[number % len(NAMES)]} {person}"}
        if number % 33 == 0:
            contacts.append(contact)
            mapped.append({**of_company, "crm_person_id": person, "customer_id": key})
        else:
            contacts.append({**contact, "source_id": str(person)})
    if has_trouble:
        contacts.append({**contacts[7], "_id": contact_id(account, -1)})
    for name, documents in (("contacts", contacts), ("crm_contact_id_map", mapped)):
        if documents:
            database[name].insert_many(documents)


def fill_native_logs(database: Any) -> None:
    """Make logs as the CDP itself writes them: no external id, no source tag."""
    contacts = database.contacts.find({}, {"company_sso_id": 1}).sort("_id", 1)
    logs = [
        {
            "company_sso_id": contact["company_sso_id"],
            "customer_id": contact["_id"],
            "category": "contact",
            "action": "update",
            "actor": {"type": "user", "name": "CDP user"},
            "changes": [{"field": "segment", "from": None, "to": f"segment {number % 7}"}],
            "created_at": STARTS_AT,
        }
        for number, contact in enumerate(contacts)
        if number % 5 == 0
    ]
    database.activity_logs.insert_many(logs)


def contact_id(account: str, person: int) -> str:
    """Return a contact's key, the same in every demo."""
    return uuid.uuid5(NAMESPACE, f"{account} {person}").hex[:24]
