"""Reads the contacts of persons straight from the CDP's MongoDB (spec §3, §8.2). Never writes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from loaders.cdp import CdpDatabase, translated

Contacts = dict[str, tuple[str, ...]]


class CdpContacts:
    """The contacts and the id map of one account.

    Args:
        database: The CDP's database.
        company_sso_id: The account; every query carries it (spec §13).
    """

    def __init__(self, database: CdpDatabase, company_sso_id: str) -> None:
        self._database = database
        self._account = {"company_sso_id": company_sso_id}

    def contacts(self, person_ids: Collection[int]) -> Contacts:
        """Return the ids of the contacts that have a person's id as their ``source_id``."""
        found = defaultdict(list)
        texts = {str(id_) for id_ in person_ids}
        query = {"source_id": {"$in": [*texts, *person_ids]}}
        for contact in self._find("contacts", query):
            found[str(contact["source_id"]).strip()].append(str(contact["_id"]))
        return {source_id: tuple(sorted(ids)) for source_id, ids in found.items()}

    def id_map(self, person_ids: Collection[int]) -> dict[int, str]:
        """Return the contact's id by person."""
        query = {"crm_person_id": {"$in": [*person_ids, *map(str, person_ids)]}}
        return {
            int(entry["crm_person_id"]): str(entry["customer_id"])
            for entry in self._find("crm_contact_id_map", query)
            if entry.get("customer_id") is not None
        }

    def _find(self, collection: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        with translated():
            return list(self._database[collection].find(self._account | query))
