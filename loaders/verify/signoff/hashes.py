"""Hashes of the documents that a sign-off rests on."""

from pymongo.errors import OperationFailure

from loaders.documents.document import Digest
from loaders.load.collection import ActivityLogs


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
