"""A mart row becomes the document that MongoDB keeps; no database is known here."""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import orjson
from bson.datetime_ms import DatetimeMS
from bson.dbref import DBRef
from bson.int64 import Int64

from ingest.shared.bson_codec import CODEC

Document = dict[str, Any]

TOP_LEVEL = (
    "company_sso_id",
    "external_id",
    "source_tag",
    "customer_id",
    "category",
    "action",
    "user_id",
)
FIELDS = (*TOP_LEVEL, "actor", "changes", "created_at", "metadata")
MAX_BYTES = 16 * 1024 * 1024
ID_BYTES = 17  # of the `_id` that is added
DEEPEST = 80  # MongoDB refuses documents nested deeper than 100
INT32, INT64 = range(-(2**31), 2**31), range(-(2**63), 2**63)
BLANKS = {"job_id": "0" * 36, "content_hash": "0" * 64}
ABSENT = object()

EPOCH = datetime(1970, 1, 1)
MILLISECOND = timedelta(milliseconds=1)
# What BSON cannot hold shows in the JSON text: long integers; NUL and lone surrogates, escaped.
SUSPECT = r"[0-9]{19}|\\u"
# A JSON byte becomes at most 7 BSON bytes, so that a short text needs no measuring.
SURELY_SMALL = MAX_BYTES // 16


class Digest:
    """A hash over documents, in whatever order they come: one changed byte of one changes it."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0

    def add(self, raw: bytes) -> None:
        """Take a document's BSON in."""
        self._count += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(raw).digest(), "big")) % 2**256

    def hexdigest(self) -> str:
        """Return the hash of all that was taken in."""
        return hashlib.sha256(f"{self._count}:{self._sum:064x}".encode()).hexdigest()


def document(row: Mapping[str, Any], job_id: str) -> Document:
    """Turn a row of ``marts.activity_logs`` into its document.

    Args:
        row: The columns of the mart; ``changes`` is JSON text, ``created_at`` naive UTC.
        job_id: The job that writes it.

    Returns:
        The document without ``_id``; absent is absent, ``metadata.content_hash`` is filled.
    """
    created_at = row["created_at"]
    milliseconds = created_at.replace(microsecond=created_at.microsecond // 1000 * 1000)
    made = content(without_nulls({**row, "created_at": milliseconds}))
    digest = content_hash(made)
    made["metadata"] |= {"job_id": job_id, "content_hash": digest}
    return made


def content(row: Mapping[str, Any], changes: list[Document] | None = None) -> Document:
    """Turn a row of ``marts.activity_logs`` into its document, without job and hash.

    Args:
        row: The columns of the mart, without those that are null, at any depth.
        changes: The changes, where they are parsed already.
    """
    made = {name: row[name] for name in FIELDS if name in row}
    made["changes"] = parsed_changes(row["changes"]) if changes is None else changes
    return made


def without_nulls(values: Mapping[str, Any]) -> Document:
    """Leave out what is null, at any depth of a row."""
    return {
        name: without_nulls(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if value is not None
    }


def content_hash(made: Mapping[str, Any]) -> str:
    """Hash everything but ``_id``, the job and the hash itself (rule: document).

    Equal content gives an equal hash, whether it comes from the mart or from MongoDB; a value of
    another type, or in another order, is other content.
    """
    return hashlib.sha256(blank_bson(made)).hexdigest()


def blank_bson(made: Mapping[str, Any]) -> bytes:
    """Encode a document without ``_id``; zeros stand for the job and the hash, at its end."""
    whole = {name: value for name, value in made.items() if name != "_id"}
    metadata = whole.get("metadata")
    if isinstance(metadata, Mapping):
        kept = {name: value for name, value in metadata.items() if name not in BLANKS}
        whole["metadata"] = kept | BLANKS
    return bson.encode(whole, codec_options=CODEC)


def parsed_changes(text: str) -> list[Document]:
    """Read the JSON of ``changes``; what BSON cannot hold becomes a string (rule: document).

    That is: integers beyond 64 bits, lone surrogates (escaped), maps with a NUL in a key and
    values nested deeper than MongoDB takes (as their JSON text).
    """
    if re.search(SUSPECT, text) is None and (plain := plain_changes(text)) is not None:
        return plain
    parsed = json.loads(text, parse_int=_integer)
    return [{name: _storable(value, 2) for name, value in change.items()} for change in parsed]


def plain_changes(text: str) -> list[Document] | None:
    """Read a text without anything suspect, the quick way; none where it is too deep for that."""
    if text.count("[") + text.count("{") >= DEEPEST:
        return None
    with suppress(orjson.JSONDecodeError):  # of what only Python's own reader takes
        plain: list[Document] = orjson.loads(text)
        return plain
    return None


def is_too_large(made: Document, changes: str) -> bool:
    """Tell whether MongoDB would refuse the document for its size.

    Args:
        made: The document.
        changes: The JSON text that its changes come from.
    """
    comment = made["metadata"].get("comment", "")
    if len(changes) + len(comment) < SURELY_SMALL:
        return False
    return len(bson.encode(made)) + ID_BYTES > MAX_BYTES


def field_differences(expected: Any, actual: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return ``(field, expected, actual)`` of every place where two documents differ.

    The values are JSON; ``(absent)`` is another thing than null.
    """
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        names = [*expected, *(name for name in actual if name not in expected)]
        return [
            difference
            for name in names
            if (inner := f"{path}.{name}" if path else name) not in IGNORED_FIELDS
            for difference in field_differences(
                expected.get(name, ABSENT), actual.get(name, ABSENT), inner
            )
        ]
    same = _canonical(expected) == _canonical(actual)
    return [] if same else [(path, _canonical(expected), _canonical(actual))]


IGNORED_FIELDS = {"_id", *(f"metadata.{name}" for name in BLANKS)}


def _canonical(value: Any) -> str:
    if value is ABSENT:
        return "(absent)"
    return json.dumps(_widths_shown(value), ensure_ascii=False, default=_tagged)


def _widths_shown(value: Any) -> Any:
    """Tell a 64-bit integer from the 32-bit one of the same value, as BSON does."""
    if isinstance(value, Mapping):
        return {name: _widths_shown(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_widths_shown(inner) for inner in value]
    if isinstance(value, Int64) and int(value) in INT32:
        return {"$Int64": str(int(value))}
    return value


def _tagged(value: Any) -> Any:
    if isinstance(value, DBRef):
        return dict(value.as_doc())
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return {"$date": (naive - EPOCH) // MILLISECOND}
    if isinstance(value, DatetimeMS):
        return {"$date": int(value)}
    return {f"${type(value).__name__}": str(value)}


def _integer(digits: str) -> int | str:
    if len(digits) > 20:
        return digits
    number = int(digits)
    return number if number in INT64 else digits


def _storable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if not isinstance(value, dict | list):
        return value
    if depth > DEEPEST or (isinstance(value, dict) and any("\0" in name for name in value)):
        return json.dumps(value)
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return {_storable(name, depth): _storable(item, depth + 1) for name, item in value.items()}
