"""The collection ``activity_logs`` of one account: written once, never overwritten (rule: loading).

Every query carries ``company_sso_id``; native logs have no ``source_tag`` and are never met.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
)

from ingest.shared.indexes import ACTIVITY_LOGS
from ingest.shared.mongo import DURABLE, CdpDatabase
from ingest.shared.read_ahead import read_ahead
from loaders.documents.document import Document
from loaders.load.written import Made, Stored, Written, compare, fail, stored_of

SOURCE_TAG = "crm_migration"
READ_BATCH = 2_000
BY_KEY = [("company_sso_id", 1), ("external_id", 1)]
STORED_KEY = {"external_id": 1, "metadata.content_hash": 1, "metadata.job_id": 1}


class ActivityLogs:
    """The activity logs of one account.

    Args:
        database: The CDP's database.
        company_sso_id: The account.
    """

    def __init__(self, database: CdpDatabase, company_sso_id: str) -> None:
        self.company_sso_id = company_sso_id
        self._collection = database.get_collection(ACTIVITY_LOGS, write_concern=DURABLE)
        self._account = {"company_sso_id": company_sso_id}
        self._migrated = self._account | {"source_tag": SOURCE_TAG}
        self._keyed = self._migrated | {"external_id": {"$exists": True}}
        self._keyless = self._migrated | {"external_id": {"$exists": False}}
        self._native = self._account | {"source_tag": {"$exists": False}}

    def count(self) -> int:
        """Count the migrated logs."""
        return self._collection.count_documents(self._migrated)

    def read_raw(self) -> Iterator[bytes]:
        """Stream the BSON of every migrated log, in the order of keys, then those without one.

        By key is nearly the order in which they were written; by contact, as MongoDB would have
        it, each is somewhere else, and a collection larger than the cache is read many times.
        Those without a key, of which there should be none, are looked for meanwhile.
        """
        keyless = self._raw_batches(self._keyless)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(next, keyless, b"")
            for batch in read_ahead(self._raw_batches(self._keyed, hint=BY_KEY), 1):
                yield from _documents(batch)
            yield from _documents(first.result())
        for batch in keyless:
            yield from _documents(batch)

    def _raw_batches(self, query: dict[str, Any], **options: Any) -> Any:
        return self._collection.find_raw_batches(query, batch_size=READ_BATCH, **options)

    def fingerprint(self) -> str:
        """Count, measure and hash the migrated logs within MongoDB; equal logs, equal text.

        The server's hash takes a number without its fraction and its type, so that it does not
        tell every change; the size of a document tells some more.
        """
        sums = {
            "_id": None,
            "count": {"$sum": 1},
            "bytes": {"$sum": {"$bsonSize": "$$ROOT"}},
            "hashes": {"$sum": {"$toDecimal": {"$toHashedIndexKey": "$$ROOT"}}},
        }
        found = list(self._collection.aggregate([{"$match": self._migrated}, {"$group": sums}]))
        parts = found[0] if found else {"count": 0, "bytes": 0, "hashes": 0}
        return f"{parts['count']}:{parts['bytes']}:{parts['hashes']}"

    def present_keys(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Stream ``(external_id, content_hash, job_id)`` of every log that has our kind of key."""
        query = self._account | {"external_id": {"$exists": True}}
        for found in self._collection.find(query, STORED_KEY, batch_size=READ_BATCH, hint=BY_KEY):
            yield (str(found["external_id"]), *stored_of(found))

    def find(self, external_ids: Sequence[str]) -> dict[str, Document]:
        """Return migrated logs by their external id."""
        query = self._migrated | {"external_id": {"$in": list(external_ids)}}
        return {found["external_id"]: found for found in self._collection.find(query)}

    def find_all(self, keys: Iterable[str]) -> Iterator[Document]:
        """Stream migrated logs by their key, a part at a time; where some have none, those too."""
        remaining, missing = iter(keys), 0
        while part := list(islice(remaining, READ_BATCH)):
            missing += len(part)
            for log in self._collection.find(self._migrated | {"external_id": {"$in": part}}):
                missing -= 1
                yield log
        if missing:
            yield from self._collection.find(self._keyless)

    def native_state(self, last_id: Any = None) -> "NativeState":
        """Count and hash the CDP's own logs, byte by byte, up to an ``_id``."""
        query = self._native | ({"_id": {"$lte": last_id}} if last_id is not None else {})
        digest = hashlib.sha256()
        count = 0
        for found in self._raw().find(query, batch_size=READ_BATCH).sort("_id", 1):
            digest.update(found.raw)
            count, last_id = count + 1, found["_id"]
        return NativeState(count, digest.hexdigest(), last_id)

    def write(self, documents: Sequence[Made], job_id: str) -> Written:
        """Insert what is not there yet; what is there with equal content counts as present.

        Args:
            documents: Documents of this account, with their ``content_hash``.
            job_id: The running job; what it wrote before it was killed counts as migrated.

        Raises:
            ConnectionFailure: MongoDB is lost; nothing is known of this batch, run again.
        """
        stored = self._stored(documents)
        fresh = [made for made in documents if made["external_id"] not in stored]
        written = Written()
        for made in documents:
            if made["external_id"] in stored:
                written.add(compare(made, stored[made["external_id"]], job_id))
        written.add(self._insert(fresh, job_id))
        return written

    def insert_parallel(
        self, pool: ThreadPoolExecutor, documents: Sequence[Made], job_id: str
    ) -> Written:
        """Insert a batch as two halves at once; what is there after all is compared."""
        middle = (len(documents) + 1) // 2
        halves = [half for half in (documents[:middle], documents[middle:]) if half]
        written = Written()
        for part in pool.map(lambda half: self._insert(half, job_id), halves):
            written.add(part)
        return written

    def _raw(self) -> Any:
        return self._collection.with_options(
            codec_options=CodecOptions(document_class=RawBSONDocument)
        )

    def _stored(self, documents: Sequence[Made]) -> dict[str, Stored]:
        query = self._account | {
            "external_id": {"$in": [made["external_id"] for made in documents]}
        }
        return {
            found["external_id"]: stored_of(found)
            for found in self._collection.find(query, STORED_KEY, batch_size=READ_BATCH)
        }

    def _insert(self, documents: Sequence[Made], job_id: str) -> Written:
        if not documents:
            return Written()
        try:
            self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return self._after_bulk_error(documents, error, job_id)
        except ConnectionFailure:
            raise
        except (OperationFailure, DocumentTooLarge, BSONError, OverflowError):
            return self._one_by_one(documents, job_id)  # the server or driver refused the batch
        return Written(migrated=len(documents))

    def _after_bulk_error(
        self, documents: Sequence[Made], error: BulkWriteError, job_id: str
    ) -> Written:
        if error.details.get("writeConcernErrors"):
            raise ConnectionFailure("the batch is not durable on a majority") from error
        refused = {item["index"] for item in error.details["writeErrors"]}
        written = Written(migrated=len(documents) - len(refused))
        written.add(self._one_by_one([documents[index] for index in sorted(refused)], job_id))
        return written

    def _one_by_one(self, documents: Sequence[Made], job_id: str) -> Written:
        written = Written()
        for made in documents:
            written.add(self._insert_one(made, job_id))
        return written

    def _insert_one(self, made: Made, job_id: str) -> Written:
        try:
            self._collection.insert_one(made)
        except DuplicateKeyError as error:
            stored = self._stored([made]).get(made["external_id"])
            return compare(made, stored, job_id) if stored else fail(made, error)
        except ConnectionFailure:
            raise
        except (PyMongoError, BSONError, OverflowError) as error:
            return fail(made, error)
        return Written(migrated=1)


@dataclass(frozen=True, slots=True)
class NativeState:
    """Count and hash of the CDP's own logs up to an ``_id``."""

    count: int
    digest: str
    last_id: Any


def _documents(batch: bytes) -> Iterator[bytes]:
    """Cut a batch into its documents; each begins with its length."""
    start = 0
    while start < len(batch):
        end = start + int.from_bytes(batch[start : start + 4], "little")
        yield batch[start:end]
        start = end
