"""Reads the CDP's contacts and id map for one account; writes only a probe's result."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pyarrow as pa

from ingest.settings import SourceSettings
from ingest.shared import indexes
from ingest.shared.bson_codec import READABLE
from ingest.shared.crm_columns import LONG, TEXT
from ingest.shared.mongo import CdpDatabase, connected, translated
from ingest.shared.seeds import Account

CONTACTS = pa.schema([("_id", TEXT), ("company_sso_id", TEXT), ("source_id", TEXT), ("name", TEXT)])
CRM_CONTACT_ID_MAP = pa.schema(
    [("company_sso_id", TEXT), ("crm_person_id", LONG), ("customer_id", TEXT)]
)

ERASURES = CRM_CONTACT_ID_MAP
"""One row per person of a contact that was to be forgotten; one without a person if none is known."""

BATCH_DOCUMENTS = 20_000
LONG_LIMIT = 2**63
WHOLE = re.compile(r"-?[0-9]{1,100}")


class Cdp:
    """The CDP as one account sees it: every query carries its ``company_sso_id``."""

    def __init__(self, database: CdpDatabase, account: Account) -> None:
        self.database = database
        self._account = account

    @classmethod
    @contextmanager
    def opened(cls, settings: SourceSettings, account: Account) -> Iterator["Cdp"]:
        """Connect, and ask the server for one answer.

        Raises:
            CdpError: The server cannot be reached or refuses.
        """
        with connected(settings.mongo_url) as database:
            database["contacts"].find_one({"company_sso_id": account.company_sso_id})
            yield cls(database, account)

    def contacts(self) -> Iterator[pa.Table]:
        """Yield the account's contacts."""
        return self._tables("contacts", CONTACTS, contact_row)

    def crm_contact_id_map(self) -> Iterator[pa.Table]:
        """Yield the account's id map: CRM person id → CDP contact id."""
        return self._tables("crm_contact_id_map", CRM_CONTACT_ID_MAP, id_map_row)

    def erasures(self) -> Iterator[pa.Table]:
        """Yield the account's contacts that were to be forgotten, with the persons that they were."""
        found = self.database[indexes.ERASURES].find(
            {"company_sso_id": self._account.company_sso_id}, batch_size=BATCH_DOCUMENTS
        )
        with translated():
            for batch in _batches(found):
                rows = [self._own(row) for document in batch for row in erasure_rows(document)]
                yield pa.Table.from_pylist(rows, ERASURES)

    def replace_one(self, collection: str, document: dict[str, Any]) -> None:
        """Put a document of ours in the place of the account's one in a collection of ours."""
        company = self._account.company_sso_id
        with translated():
            self.database[collection].replace_one(
                {"_id": company, "company_sso_id": company}, document, upsert=True
            )

    def _tables(
        self,
        collection: str,
        schema: pa.Schema,
        to_row: Callable[[Mapping[str, Any]], dict[str, object]],
    ) -> Iterator[pa.Table]:
        with translated():
            documents = self.database.get_collection(collection, READABLE).find(
                {"company_sso_id": self._account.company_sso_id},
                dict.fromkeys(schema.names, 1),
                batch_size=BATCH_DOCUMENTS,
            )
            for batch in _batches(documents):
                rows = [self._own(to_row(document)) for document in batch]
                yield pa.Table.from_pylist(rows, schema)

    def _own(self, row: dict[str, object]) -> dict[str, object]:
        """Write the account's company into a row: a document may name several."""
        return row | {"company_sso_id": self._account.company_sso_id}


def contact_row(document: Mapping[str, Any]) -> dict[str, object]:
    """Give a contact the types of its table; ids are strings whatever the collection holds."""
    return {
        "_id": str(document["_id"]),
        "source_id": _text(document.get("source_id")),
        "name": _text(document.get("name")),
    }


def id_map_row(document: Mapping[str, Any]) -> dict[str, object]:
    """Give an entry of the id map the types of its table."""
    return {
        "crm_person_id": _long(document.get("crm_person_id")),
        "customer_id": _text(document.get("customer_id")),
    }


def erasure_rows(document: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Give each person of an erasure a row."""
    persons = document.get("crm_person_ids")
    known = persons if isinstance(persons, list) else [persons]
    for person_id in known or [None]:
        yield id_map_row({**document, "crm_person_id": person_id})


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _long(value: object) -> int | None:
    """Read an integer or its digits; what is neither can match no person and is null."""
    text = str(value)
    number = int(text) if WHOLE.fullmatch(text) else LONG_LIMIT
    return number if abs(number) < LONG_LIMIT else None


def _batches(documents: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    iterator = iter(documents)
    while batch := list(islice(iterator, BATCH_DOCUMENTS)):
        yield batch
