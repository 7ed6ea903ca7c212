"""Fills an account's ``crm_contact_id_map`` from a CSV file (spec §3, ``make import-id-map``)."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pymongo import UpdateOne

from loaders.accounts import Account
from loaders.cdp import DURABLE, CdpDatabase, translated
from loaders.errors import IdMapError
from loaders.indexes import CRM_CONTACT_ID_MAP

COLUMNS = ("crm_person_id", "customer_id")
BATCH_ROWS = 1_000
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Imported:
    """How many persons were mapped anew, and how many already were as the file says."""

    new_count: int
    known_count: int


def import_id_map(database: CdpDatabase, account: Account, path: Path) -> Imported:
    """Map persons to contacts; a person that is mapped to another contact stops the import.

    The file is read twice: nothing is written before all of it is right.

    Args:
        database: The CDP's database.
        account: Whose persons they are.
        path: A CSV file with the columns ``crm_person_id`` and ``customer_id``.

    Raises:
        IdMapError: The file cannot be read, a line is wrong, or it contradicts itself or the map.
        CdpError: MongoDB cannot be reached.
    """
    collection = database.get_collection(CRM_CONTACT_ID_MAP, write_concern=DURABLE)
    company = {"company_sso_id": account.company_sso_id}
    new_count = total = 0
    with translated():
        known = {
            mapped["crm_person_id"]: mapped["customer_id"] for mapped in collection.find(company)
        }
        _check(path, known)
        rows = _rows(path)
        while batch := list(islice(rows, BATCH_ROWS)):
            keys = [company | {"crm_person_id": person_id} for _, person_id, _ in batch]
            values = [{"$setOnInsert": {"customer_id": customer}} for _, _, customer in batch]
            written = collection.bulk_write(
                [
                    UpdateOne(key, value, upsert=True)
                    for key, value in zip(keys, values, strict=True)
                ]
            )
            new_count += written.upserted_count
            total += len(batch)
    return Imported(new_count, total - new_count)


def _check(path: Path, known: dict[int, str]) -> None:
    for line, person_id, customer_id in _rows(path):
        mapped = known.setdefault(person_id, customer_id)
        if mapped != customer_id:
            problem = f"person {person_id} is mapped to contact {mapped} already"
            raise IdMapError(path, line, problem)


def _rows(path: Path) -> Iterator[tuple[int, int, str]]:
    """Read line number, person and contact of each line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise IdMapError(path, 1, f"the columns {' and '.join(COLUMNS)} are needed")
            for row in reader:
                yield reader.line_num, *_mapping(path, reader.line_num, row)
    except (OSError, UnicodeDecodeError) as error:
        raise IdMapError(path, None, getattr(error, "strerror", None) or "is no UTF-8") from error


def _mapping(path: Path, line: int, row: dict[str, str | None]) -> tuple[int, str]:
    person_id, customer_id = ((row[column] or "").strip() for column in COLUMNS)
    if not (person_id.isascii() and person_id.isdigit() and int(person_id) <= LARGEST_ID):
        raise IdMapError(path, line, f"crm_person_id is {person_id!r}, not a person's number")
    if not customer_id:
        raise IdMapError(path, line, "customer_id is empty")
    return int(person_id), customer_id
