"""Hashes of what a sign-off rests on: the documents, and the seeds' lines of the account."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymongo.errors import OperationFailure

from loaders.accounts import SEEDS, Account
from loaders.documents.document import Digest
from loaders.load.collection import ActivityLogs

# They decide whether an account may run and how it is called, not what becomes of its audits.
NO_MAPPING = ("migration_enabled", "display_name")


def documents_hash(logs: ActivityLogs) -> str:
    """Hash every byte of the account's migrated documents, one after the other."""
    digest = Digest()
    for raw in logs.read_raw():
        digest.add(raw)
    return digest.hexdigest()


def documents_fingerprint(logs: ActivityLogs) -> str | None:
    """Fingerprint the documents within MongoDB: a second for a million of them.

    It tells documents that are missing, extra or of other text, not every change of a number;
    none where the server cannot make it.
    """
    try:
        return logs.fingerprint()
    except OperationFailure:
        return None


def mapping_hashes(account: Account, seeds: Path = SEEDS) -> dict[str, str]:
    """Hash the lines of every seed that concern an account, whatever their order."""
    return {
        path.stem: hashlib.sha256(json.dumps(sorted(_lines(path, account))).encode()).hexdigest()
        for path in sorted(seeds.glob("*.csv"))
    }


def changed_seeds(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """Name the seeds that are not the same."""
    names = sorted({*then, *now})
    return [f"{name}.csv" for name in names if then.get(name) != now.get(name)]


def file_hash(path: Path) -> str | None:
    """Return a file's SHA-256; none where there is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _lines(path: Path, account: Account) -> Iterator[list[tuple[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            own = row.get("account", account.account) == account.account
            if own and row.get("company_sso_id", "*") in ("*", account.company_sso_id):
                yield [(str(name), text) for name, text in row.items() if name not in NO_MAPPING]
