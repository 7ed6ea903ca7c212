"""Kinds of wrong document, each made of a right one by somebody who writes past the loader."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import bson
from bson import Decimal128, ObjectId

from loaders.documents.document import content_hash

Document = dict[str, Any]
Change = Callable[[Document], None]
Fits = Callable[[Document], bool]

OTHER_COMPANY = "22222222-2222-4222-8222-222222222222"
ODD_KEY = 9_000_000_000


@dataclass(frozen=True, slots=True)
class Injection:
    """One kind of fault.

    Args:
        kind: Its name.
        difference: As what the reconciliation has to find it.
        field: Where, for a content difference.
        make: Writes the fault, given a right document, and returns the key to look for.
        fits: Which documents it can be made of.
    """

    kind: str
    difference: str
    field: str
    make: Callable[[Any, Document], str]
    fits: Fits


def anything(_document: Document) -> bool:
    """Every document will do."""
    return True


def has(path: str, kind: type = object) -> Fits:
    """Take a document whose field is there and of a type."""
    return lambda document: (
        type(at(document, path)) is kind or (kind is object and at(document, path) is not None)
    )


def at(document: Any, path: str) -> Any:
    """Return what stands at a dotted path, or none."""
    for name in path.split("."):
        if isinstance(document, list):
            document = document[int(name)] if int(name) < len(document) else None
        else:
            document = (document or {}).get(name)
    return document


def put(document: Any, path: str, value: Any) -> None:
    """Set what stands at a dotted path."""
    *outer, last = path.split(".")
    inner = at(document, ".".join(outer)) if outer else document
    inner[int(last) if isinstance(inner, list) else last] = value


def changed(path: str, to: Callable[[Any], Any]) -> Change:
    """Make another value of one field."""
    return lambda document: put(document, path, to(at(document, path)))


def gone(path: str) -> Change:
    """Take one field away."""

    def take(document: Document) -> None:
        *outer, last = path.split(".")
        del (at(document, ".".join(outer)) if outer else document)[last]

    return take


def content(kind: str, field: str, change: Change, fits: Fits = anything) -> Injection:
    """A document with other content under its own key."""
    return Injection(kind, "content", field, replaced(change), fits)


def missing(kind: str, change: Change) -> Injection:
    """A document that is no migrated log of the account any more."""
    return Injection(kind, "missing", "", replaced(change), anything)


def replaced(change: Change) -> Callable[[Any, Document], str]:
    """Write another document in the place of the right one."""

    def make(logs: Any, document: Document) -> str:
        key = str(document["external_id"])
        change(document)
        logs.replace_one({"_id": document["_id"]}, document)
        return key

    return make


def extra(kind: str, change: Change) -> Injection:
    """A second document, made of a right one that stays."""

    def make(logs: Any, document: Document) -> str:
        change(document)
        document["_id"] = ObjectId()
        logs.insert_one(document)
        return str(document.get("external_id", f"(no external_id: {document['_id']})"))

    return Injection(kind, "extra", "", make, anything)


def deleted(logs: Any, document: Document) -> str:
    """Take the document away."""
    logs.delete_one({"_id": document["_id"]})
    return str(document["external_id"])


def forged(document: Document) -> None:
    """Another value, and the hash that fits it."""
    document["category"] = "forged"
    document["metadata"]["content_hash"] = content_hash(document)


def native(document: Document) -> None:
    """A log as the CDP writes it, but with our key."""
    for name in ("source_tag", "metadata"):
        del document[name]
    document["changes"] = []


def of_another(document: Document) -> None:
    """The key of an audit that does not exist."""
    number = ODD_KEY + document["metadata"]["crm_audit_id"]
    document["external_id"] = f"crm_audit_{number}"
    document["metadata"]["crm_audit_id"] = number


def swapped(document: Document) -> None:
    """Old and new value the wrong way round."""
    first = document["changes"][0]
    first["from"], first["to"] = first["to"], first["from"]


def to_nfd(text: str) -> str:
    """Decompose: the same to the eye."""
    return unicodedata.normalize("NFD", text)


def is_accented(document: Document) -> bool:
    """Take a document whose actor's name has an accent."""
    name = at(document, "actor.name") or ""
    return to_nfd(name) != name


def has_pair(document: Document) -> bool:
    """Take a document whose first change has two different values."""
    first = at(document, "changes.0") or {}
    return first.get("from") != first.get("to")


def is_null(path: str) -> Fits:
    """Take a document that has a null at a path."""
    return lambda document: bool(at(document, "changes.0")) and at(document, path) is None


def several_changes(document: Document) -> bool:
    """Take a document with at least two changes."""
    return len(document["changes"]) > 1


def shifted(**distance: float) -> Callable[[Any], Any]:
    """Move a time."""
    return lambda moment: moment + timedelta(**distance)


OLD, NEW = "changes.0.from", "changes.0.to"
INJECTIONS = (
    Injection("missing", "missing", "", deleted, anything),
    missing("another company", changed("company_sso_id", lambda _: OTHER_COMPANY)),
    missing("source_tag gone", gone("source_tag")),
    missing("another source_tag", changed("source_tag", lambda _: "CRM_migration")),
    missing("a native log with our key", native),
    extra("an audit that does not exist", of_another),
    extra("a duplicate by another key", changed("external_id", lambda key: f"{key} ")),
    extra("a duplicate in other letters", changed("external_id", str.upper)),
    extra("a duplicate without a key", gone("external_id")),
    content("null to empty", "changes", changed(OLD, lambda _: ""), is_null(OLD)),
    content("null to 'null'", "changes", changed(OLD, lambda _: "null"), is_null(OLD)),
    content("a value to null", "changes", changed(NEW, lambda _: None), has(NEW, str)),
    content("a value changed", "changes", changed(NEW, lambda text: f"{text}x"), has(NEW, str)),
    content("a trailing blank", "changes", changed(NEW, lambda text: f"{text} "), has(NEW, str)),
    content("other letters", "category", changed("category", str.upper)),
    content("NFC to NFD", "actor.name", changed("actor.name", to_nfd), is_accented),
    content("number to string", "changes", changed(NEW, str), has(NEW, int)),
    content("number to double", "changes", changed(NEW, float), has(NEW, int)),
    content(
        "number to decimal", "changes", changed(NEW, lambda n: Decimal128(str(n))), has(NEW, int)
    ),
    content("string to list", "changes", changed(NEW, lambda text: [text]), has(NEW, str)),
    content("list to string", "changes", changed(NEW, lambda items: str(items[0])), has(NEW, list)),
    content("id to ObjectId", "customer_id", changed("customer_id", ObjectId)),
    content("1 ms later", "created_at", changed("created_at", shifted(milliseconds=1))),
    content("1 ms earlier", "created_at", changed("created_at", shifted(milliseconds=-1))),
    content("another time zone", "created_at", changed("created_at", shifted(hours=7))),
    content("time to text", "created_at", changed("created_at", lambda time: time.isoformat())),
    content("wrong actor", "user_id", changed("user_id", lambda _: "sso-1"), has("user_id")),
    content("actor gone", "user_id", gone("user_id"), has("user_id")),
    content("wrong actor name", "actor.name", changed("actor.name", lambda _: "System")),
    content("wrong actor type", "actor.type", changed("actor.type", lambda _: "unknown")),
    content("wrong category", "category", changed("category", lambda _: "wrong")),
    content("wrong action", "action", changed("action", lambda _: "wrong")),
    content("wrong contact", "customer_id", changed("customer_id", lambda key: key[::-1])),
    content("field gone", "metadata.contact_source", gone("metadata.contact_source")),
    content("metadata gone", "metadata", gone("metadata")),
    content("field added", "metadata.more", changed("metadata.more", lambda _: 1)),
    content("null added", "more", changed("more", lambda _: None)),
    content("values swapped", "changes", swapped, has_pair),
    content("change gone", "changes", lambda made: made["changes"].pop(), several_changes),
    content(
        "changes reordered", "changes", lambda made: made["changes"].reverse(), several_changes
    ),
    content("change doubled", "changes", lambda made: made["changes"].append(made["changes"][0])),
    content(
        "another audit", "metadata.crm_audit_id", changed("metadata.crm_audit_id", lambda n: n + 1)
    ),
    content("hash forged to match", "category", forged),
    content(
        "hash changed",
        "metadata.content_hash",
        changed("metadata.content_hash", lambda _: "0" * 64),
    ),
    content("hash gone", "metadata.content_hash", gone("metadata.content_hash")),
)


def inject(injection: Injection, logs: Any, documents: list[Document]) -> str:
    """Make a fault of the next document that fits, taken out of the list; return where to look."""
    place = next(place for place, made in enumerate(documents) if injection.fits(made))
    return injection.make(logs, bson.decode(bson.encode(documents.pop(place))))
