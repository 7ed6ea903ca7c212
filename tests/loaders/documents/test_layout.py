"""The bytes of the mart are those of the document, and those of MongoDB tell its hash."""

import json
from typing import Any

import bson
import pytest
from bson import Int64, ObjectId
from hypothesis import given

from loaders.documents.document import content_hash, document
from loaders.documents.layout import StoredKeys, of_job
from tests.loaders.documents.test_document import JSON_VALUES
from tests.places.mart_sources import COMPANY_ID
from tests.places.warehouses import encoded_row, mart_row

JOB = "5f0c8a52-7f0e-4c66-9a83-0b0a2f3f7a11"


def stored(made: dict[str, Any]) -> bytes:
    """A document as MongoDB keeps it."""
    return bson.encode({"_id": ObjectId(), **made})


@given(JSON_VALUES)
def test_bytes_and_hash_are_those_of_the_document(value: Any) -> None:
    """With the job's id in it, they are what the driver would write; read back, the hash is equal."""
    row = mart_row(1, changes=json.dumps([{"field": "note", "from": None, "to": value}]))
    made, expected = encoded_row(row), document(row, JOB)
    assert of_job(made.document, JOB) == bson.encode(expected)
    key = StoredKeys(COMPANY_ID).read(stored(expected))
    assert key == ("crm_audit_1", made.content_hash, made.content_hash, JOB)


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": "customer-9"},
        {"category": "lead"},
        {"created_at": "2024-01-01"},
        {"changes": []},
        {"company_sso_id": "another"},
        {"more": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_log_has_another_hash(change: dict[str, Any]) -> None:
    """However it was changed; the hash that it carries stays."""
    expected = document(mart_row(1), JOB)
    key = StoredKeys(COMPANY_ID).read(stored(expected | change))
    assert key.stored_hash == expected["metadata"]["content_hash"]
    assert key.actual_hash not in (key.stored_hash, None)


@pytest.mark.parametrize("place", ["metadata", "top"])
def test_an_integer_of_another_width_is_another_value(place: str) -> None:
    """A 64-bit integer in the place of a 32-bit one was not written by the loader."""
    changed = document(mart_row(1), JOB)
    (changed["metadata"] if place == "metadata" else changed)["version"] = Int64(1)
    key = StoredKeys(COMPANY_ID).read(stored(changed))
    assert key.actual_hash != key.stored_hash


def test_a_log_in_another_layout_is_decoded() -> None:
    """A job's id of another length, or an `_id` of another type, is no difference in content."""
    made = document(mart_row(1), "push-1")
    raw = bson.encode({"_id": "a text", **made})
    assert StoredKeys(COMPANY_ID).read(raw) == ("crm_audit_1", *[content_hash(made)] * 2, "push-1")


def test_a_log_without_hash_or_key_is_named() -> None:
    """What is not there is told in words, and what is there is hashed."""
    found = {"_id": ObjectId(), "company_sso_id": COMPANY_ID, "metadata": "none"}
    key = StoredKeys(COMPANY_ID).read(bson.encode(found))
    assert key.external_id == f"(no external_id: {found['_id']})"
    assert key.stored_hash == "None"
