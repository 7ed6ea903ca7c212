"""Reads the contacts of persons straight from the CDP's MongoDB. Never writes."""

import re
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from ingest.shared.indexes import ERASURES
from ingest.shared.mongo import CdpDatabase, translated
from loaders.verify.rederive.contact import person_id
from loaders.verify.rederive.facts import Erased

Contacts = dict[str, tuple[str, ...]]
IdMap = dict[int, tuple[str, ...]]


class CdpContacts:
    """The contacts and the id map of one account.

    Args:
        database: The CDP's database.
        company_sso_id: The account; every query carries it (rule: security).
    """

    def __init__(self, database: CdpDatabase, company_sso_id: str) -> None:
        self._database = database
        self._account = {"company_sso_id": company_sso_id}

    def contacts(self, person_ids: Collection[int]) -> Contacts:
        """Return the ids of the contacts that have a person's id as their ``source_id``."""
        found = defaultdict(list)
        with_spaces = re.compile(f"^ *({'|'.join(map(str, person_ids)) or '-'}) *$")
        query = {"source_id": {"$in": [with_spaces, *person_ids]}}
        for contact in self._find("contacts", query):
            found[str(contact["source_id"]).strip()].append(str(contact["_id"]))
        return {source_id: tuple(sorted(ids)) for source_id, ids in found.items()}

    def id_map(self, person_ids: Collection[int]) -> IdMap:
        """Return the contacts' ids by person."""
        found = defaultdict(set)
        query = {"crm_person_id": {"$in": [*person_ids, *map(str, person_ids)]}}
        for entry in self._find("crm_contact_id_map", query):
            id_ = person_id(entry["crm_person_id"])
            if id_ is not None and entry.get("customer_id") is not None:
                found[id_].add(str(entry["customer_id"]))
        return {id_: tuple(sorted(ids)) for id_, ids in found.items()}

    def erased(self) -> Erased:
        """Return who was to be forgotten."""
        found = self._find(ERASURES, {})
        persons = (id_ for each in found for id_ in each.get("crm_person_ids", ()))
        return Erased(frozenset(persons), frozenset(str(each["customer_id"]) for each in found))

    def _find(self, collection: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        with translated():
            return list(self._database[collection].find({**self._account, **query}))
