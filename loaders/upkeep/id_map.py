"""Fills an account's ``crm_contact_id_map`` from a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ingest.shared.indexes import CRM_CONTACT_ID_MAP
from ingest.shared.mongo import DURABLE, CdpDatabase, translated
from ingest.shared.seeds import Account
from loaders.errors import IdMapError

COLUMNS = ("crm_person_id", "customer_id")
BATCH_ROWS = 1_000
LARGEST_ID = 2**63 - 1
MOST_DIGITS = 100  # with zeros before


@dataclass(frozen=True, slots=True)
class Imported:
    """How many persons were mapped anew, and how many already were as the file says."""

    new_count: int
    known_count: int


def import_id_map(database: CdpDatabase, account: Account, path: Path) -> Imported:
    """Map persons to contacts; a person that is mapped to another contact stops the import.

    Nothing is written before the whole file is right.

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
    with translated():
        stored = {
            mapped["crm_person_id"]: mapped["customer_id"] for mapped in collection.find(company)
        }
        named = _checked(path, stored)
        fresh = (
            company | {"crm_person_id": person_id, "customer_id": customer_id}
            for person_id, customer_id in named.items()
            if person_id not in stored
        )
        while batch := list(islice(fresh, BATCH_ROWS)):
            collection.insert_many(batch)
    known_count = len(named.keys() & stored.keys())
    return Imported(len(named) - known_count, known_count)


def _checked(path: Path, stored: dict[int, str]) -> dict[int, str]:
    """Return the contact of each person that the file names."""
    named: dict[int, str] = {}
    for line, person_id, customer_id in _rows(path):
        mapped = stored.get(person_id) or named.setdefault(person_id, customer_id)
        if mapped != customer_id:
            problem = f"person {person_id} is mapped to contact {mapped} already"
            raise IdMapError(path, line, problem)
        named[person_id] = customer_id
    return named


def _rows(path: Path) -> Iterator[tuple[int, int, str]]:
    """Read line number, person and contact of each line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise IdMapError(path, 1, f"the columns {' and '.join(COLUMNS)} are needed")
            for row in reader:
                yield reader.line_num, *_mapping(path, reader.line_num, row)
    except csv.Error as error:
        raise IdMapError(path, None, str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise IdMapError(path, None, getattr(error, "strerror", None) or "is no UTF-8") from error


def _mapping(path: Path, line: int, row: dict[str, str | None]) -> tuple[int, str]:
    person_id, customer_id = ((row[column] or "").strip() for column in COLUMNS)
    is_number = person_id.isascii() and person_id.isdigit() and len(person_id) < MOST_DIGITS
    if not (is_number and int(person_id) <= LARGEST_ID):
        raise IdMapError(path, line, f"crm_person_id is {person_id!r}, not a person's number")
    if not customer_id:
        raise IdMapError(path, line, "customer_id is empty")
    return int(person_id), customer_id
