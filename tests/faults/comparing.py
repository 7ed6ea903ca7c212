"""Compares whole collections: every field of every document but `_id` and the job's id."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import bson

NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Documents:
    """The activity logs of a database.

    Args:
        migrated: How often each `(key, digest)` is there; the key is company and audit id.
        native: One digest over every byte of the CDP's own logs.
    """

    migrated: Counter[tuple[str, str]]
    native: str

    @property
    def digest(self) -> str:
        """One digest over all of it."""
        found = hashlib.sha256(self.native.encode())
        for (key, content), count in sorted(self.migrated.items()):
            found.update(f"{key} {content} {count}\n".encode())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Damage:
    """How a collection differs from the undisturbed one."""

    lost: int = 0
    double: int = 0
    wrong: int = 0
    native_changed: int = 0

    @property
    def is_none(self) -> bool:
        """Whether nothing differs."""
        return not (self.lost or self.double or self.wrong or self.native_changed)


def documents_of(database: Any) -> Documents:
    """Read every activity log of a database."""
    migrated: Counter[tuple[str, str]] = Counter()
    native = hashlib.sha256()
    for found in database.activity_logs.find({}).sort("_id", 1):
        if "source_tag" in found:
            migrated[_key(found), _digest(found)] += 1
        else:
            native.update(bson.encode(found))
    return Documents(migrated, native.hexdigest())


def damage(expected: Documents, found: Documents) -> Damage:
    """Count what is lost, double or wrong in a collection."""
    wanted, there = _by_key(expected), _by_key(found)
    return Damage(
        lost=len(wanted.keys() - there.keys()),
        double=sum(found.migrated.values()) - len(there),
        wrong=sum(wanted.get(key) != contents for key, contents in there.items()),
        native_changed=int(expected.native != found.native),
    )


def _by_key(documents: Documents) -> dict[str, set[str]]:
    contents: dict[str, set[str]] = {}
    for key, content in documents.migrated:
        contents.setdefault(key, set()).add(content)
    return contents


def _key(document: dict[str, Any]) -> str:
    return f"{document['company_sso_id']} {document['metadata']['crm_audit_id']}"


def _digest(document: dict[str, Any]) -> str:
    metadata = {k: v for k, v in document["metadata"].items() if k != "job_id"}
    content = {k: v for k, v in document.items() if k != "_id"} | {"metadata": metadata}
    return hashlib.sha256(bson.encode(content)).hexdigest()
