"""Looks at each document that is not what the mart makes, field by field (rules: drift, denied fields)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
from bson import json_util

from ingest.shared.denied import allowed_fields, denied_names
from ingest.shared.pool import map_in_processes
from loaders.documents.document import Document, content_hash, field_differences
from loaders.documents.encode import encode_page
from loaders.documents.layout import key_of
from loaders.load.collection import ActivityLogs
from loaders.load.expected import Expected, decoded_page
from loaders.transform.warehouse import Warehouse

TEXTS = {name: pa.string() for name in ("external_id", "field", "expected", "actual")}
DIFFERENCES = pa.schema(list(TEXTS.items()))
DENIED = pa.schema(list(TEXTS.items())[:2])
SHOWN = pa.schema(
    [
        *((name, pa.string()) for name in ("external_id", "category", "action", "written_id")),
        ("created_at", pa.timestamp("us")),
    ]
)
# A log of the mart's hash has the mart's values; only of the others they have to be read.
UNLIKE = """
create or replace table readback.unlike as
select stored.external_id, expected.audit_id
from readback.stored
left join readback.expected_hashes as expected using (external_id)
where
    stored.actual_hash is distinct from expected.content_hash
    or stored.actual_hash is distinct from stored.stored_hash
"""
OF_THE_MART = "semi join readback.unlike using (audit_id)"
OF_NO_AUDIT = "select external_id from readback.unlike where audit_id is null order by external_id"
FIELD = "changes"

Place = tuple[str, str, str]


class Unlike:
    """The documents that are not what the mart makes.

    Args:
        warehouse: The account's open warehouse, with the hashes that were read back.
        logs: The account's collection.
        denied: The denied fields.
    """

    def __init__(self, warehouse: Warehouse, logs: ActivityLogs, denied: Collection[str]) -> None:
        self._warehouse = warehouse
        self._logs = logs
        self._denied = denied

    def keep(self) -> None:
        """Leave in ``readback`` what is shown of them, and where they are others."""
        self._warehouse.execute(UNLIKE)
        self._begin()
        for expected in self._pages():
            found = self._logs.find(list(expected))
            self._keep([(each, expected[key]) for key, each in found.items()])
        for found_part in self._logs.find_parts(self._keys_of_no_audit()):
            self._keep([(each, None) for each in found_part])
        self._warehouse.execute("drop table readback.unlike")

    def _begin(self) -> None:
        self._warehouse.empty("readback.shown", SHOWN)
        for table in ("readback.field_differences", "readback.denied_fields"):
            self._warehouse.execute(f"delete from {table}")  # noqa: S608 - our own names, no value # nosec B608

    def _pages(self) -> Iterator[dict[str, Document]]:
        """Give the documents that the mart makes, by key, a page at a time."""
        pages, is_small = Expected(self._warehouse).pages(OF_THE_MART)
        for page in map_in_processes(encode_page, pages, is_small=is_small):
            yield dict(decoded_page(page))

    def _keys_of_no_audit(self) -> Iterator[str]:
        for batch in self._warehouse.arrow_batches(OF_NO_AUDIT, ()):
            yield from batch.column(0).to_pylist()

    def _keep(self, pairs: list[tuple[Document, Document | None]]) -> None:
        shown = [_shown(found) for found, _ in pairs]
        denied = [
            {"external_id": key_of(found), "field": name}
            for found, _ in pairs
            for name in sorted(held_denied(found, self._denied))
        ]
        differences = [
            dict(zip(TEXTS, (key_of(found), *place), strict=True))
            for found, expected in pairs
            if expected is not None
            for place in differing_places(expected, found, self._denied)
        ]
        for table, rows, schema in (
            ("readback.shown", shown, SHOWN),
            ("readback.denied_fields", denied, DENIED),
            ("readback.field_differences", differences, DIFFERENCES),
        ):
            if rows:
                self._warehouse.insert(table, pa.Table.from_pylist(rows, schema))


def held_denied(found: Document, denied: Collection[str]) -> set[str]:
    """Return the denied names that the changes of a document hold, at any depth."""
    return {name for change in _changes(found) for name in denied_names(_member(change), denied)}


def differing_places(
    expected: Document, found: Document, denied: Collection[str]
) -> Iterator[Place]:
    """Yield ``(field, expected, actual)`` of each field in which a document is not the mart's.

    What is left of the changes without denied fields is compared; those are told apart. Where no
    field differs it is the hash that the document carries, or the order of its fields.
    """
    places = field_differences(expected, _allowed(found, denied))
    metadata = found.get("metadata")
    stored_hash = metadata.get("content_hash") if isinstance(metadata, Mapping) else None
    right_hash = content_hash(found)
    if places or held_denied(found, denied):
        yield from places
    elif stored_hash != right_hash:
        yield "metadata.content_hash", right_hash, str(stored_hash)
    else:
        yield "(order of fields)", "the mart's", "another"


def _allowed(found: Document, denied: Collection[str]) -> Document:
    """Leave the denied fields out of a document's changes, as the models do."""
    if not held_denied(found, denied):
        return found
    kept = [(change, allowed_fields(_member(change), denied)) for change in _changes(found)]
    changes = [
        change | dict(zip(("from", "to"), *left.values(), strict=True))
        for change, left in kept
        if left
    ]
    return found | {FIELD: changes}


def _changes(found: Document) -> list[Document]:
    changes = found.get(FIELD)
    return [each for each in changes if isinstance(each, dict)] if isinstance(changes, list) else []


def _member(change: Document) -> dict[str, Any]:
    return {str(change.get("field")): [change.get("from"), change.get("to")]}


def _shown(found: Document) -> dict[str, Any]:
    created_at = found.get("created_at")
    return {
        "external_id": key_of(found),
        "category": str(found.get("category")),
        "action": str(found.get("action")),
        "written_id": json_util.dumps(found["_id"]),
        "created_at": created_at if hasattr(created_at, "year") else None,
    }
