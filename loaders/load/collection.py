"""The collection ``activity_logs`` of one account: written once, never overwritten.

Every query carries ``company_sso_id``; native logs have no ``source_tag`` and are never met.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from ingest.shared.indexes import ACTIVITY_LOGS
from ingest.shared.mongo import DURABLE, LONG_S, CdpDatabase, is_passing, is_refusal, server_time
from ingest.shared.read_ahead import read_ahead
from ingest.shared.tracing import traced
from loaders.documents.document import Digest, Document
from loaders.documents.layout import split_batch
from loaders.jobs.fence import Fence
from loaders.load.written import Made, NativeState, Stored, Written, compare, fail, stored_of

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
        self.database = database
        self._collection = database.get_collection(ACTIVITY_LOGS, write_concern=DURABLE)
        self._account = {"company_sso_id": company_sso_id}
        self._migrated = self._account | {"source_tag": SOURCE_TAG}
        self._keyed = self._migrated | {"external_id": {"$exists": True}}
        self._keyless = self._migrated | {"external_id": {"$exists": False}}
        self._native = self._account | {"source_tag": {"$exists": False}}

    def count(self) -> int:
        """Count the migrated logs."""
        with pymongo.timeout(LONG_S):
            return self._collection.count_documents(self._migrated)

    def moment(self) -> datetime:
        """Return MongoDB's time."""
        return server_time(self.database)

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
                yield from split_batch(batch)
            yield from split_batch(first.result())
        for batch in keyless:
            yield from split_batch(batch)

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
        stages: list[dict[str, Any]] = [{"$match": self._migrated}, {"$group": sums}]
        with pymongo.timeout(LONG_S):
            found = list(self._collection.aggregate(stages))
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

    def ids_of(self, query: dict[str, Any], most: int = 0) -> list[Any]:
        """Return the ``_id`` of migrated logs; of all unless it is said of how many at most."""
        found = self._collection.find(self._migrated | query, {"_id": 1}).limit(most)
        return [each["_id"] for each in found]

    def count_ids(self, ids: Sequence[Any]) -> int:
        """Count the migrated logs of some ``_id``."""
        parts = (ids[start : start + READ_BATCH] for start in range(0, len(ids), READ_BATCH))
        return sum(
            self._collection.count_documents(self._migrated | {"_id": {"$in": list(part)}})
            for part in parts
        )

    def digest_without(self, ids: Collection[Any]) -> str:
        """Hash every byte of the migrated logs but some."""
        digest, left_out = Digest(), set(ids)
        for found in self._raw().find(self._migrated, batch_size=READ_BATCH):
            if found["_id"] not in left_out:
                digest.add(found.raw)
        return digest.hexdigest()

    def find_parts(self, keys: Iterable[str]) -> Iterator[list[Document]]:
        """Stream migrated logs by their key, a part at a time; where some have none, those too."""
        remaining, missing = iter(keys), 0
        while part := list(islice(remaining, READ_BATCH)):
            found = list(self._collection.find(self._migrated | {"external_id": {"$in": part}}))
            missing += len(part) - len(found)
            yield found
        if missing:
            keyless = iter(self._collection.find(self._keyless))
            while found := list(islice(keyless, READ_BATCH)):
                yield found

    def native_state(self, last_id: Any = None) -> NativeState:
        """Count and hash the CDP's own logs, byte by byte, up to an ``_id``."""
        query = self._native | ({"_id": {"$lte": last_id}} if last_id is not None else {})
        digest = hashlib.sha256()
        count = 0
        for found in self._raw().find(query, batch_size=READ_BATCH).sort("_id", 1):
            digest.update(found.raw)
            count, last_id = count + 1, found["_id"]
        return NativeState(count, digest.hexdigest(), last_id)

    def write(self, documents: Sequence[Made], job_id: str, fence: Fence | None = None) -> Written:
        """Insert what is not there yet; what is there and ours counts as present.

        Args:
            documents: Documents of this account, with their ``content_hash``.
            job_id: The running job; what it wrote before it was killed counts as migrated.
            fence: The job's right to write; none for what no job writes.

        Raises:
            LeaseLostError: The account was claimed by another; nothing of this is written.
            PyMongoError: MongoDB is lost; nothing is known of this batch, run again.
        """
        return self._write(_Batch(documents, job_id, fence, 0))

    def insert_parallel(
        self, pool: ThreadPoolExecutor, documents: Sequence[Made], job_id: str, fence: Fence
    ) -> Written:
        """Insert a batch as two halves at once; what is there after all is compared."""
        middle = (len(documents) + 1) // 2
        halves = [half for half in (documents[:middle], documents[middle:]) if half]
        batches = [_Batch(half, job_id, fence, writer) for writer, half in enumerate(halves)]
        written = Written()
        with traced("batch", documents=len(documents), job_id=job_id):
            for part in pool.map(self._insert, batches):
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

    def _write(self, batch: "_Batch") -> Written:
        """Compare what is there, insert the rest."""
        stored = self._stored(batch.documents)
        written, fresh = Written(), []
        for made in batch.documents:
            found = stored.get(made["external_id"])
            if found is None:
                fresh.append(made)
            else:
                written.add(compare(made, found, batch.job_id))
        if fresh:
            written.add(self._insert(replace(batch, documents=fresh)))
        return written

    def _insert(self, batch: "_Batch") -> Written:
        """Insert a batch in one piece; where MongoDB or the driver refuses it, take it apart."""

        def insert(session: ClientSession | None) -> None:
            self._collection.insert_many(batch.documents, ordered=False, session=session)

        try:
            if batch.fence:
                batch.fence.write(batch.writer, insert)
            else:
                insert(None)
        except (PyMongoError, BSONError, OverflowError) as error:
            if isinstance(error, PyMongoError) and (is_passing(error) or is_refusal(error)):
                raise
            return self._take_apart(batch, error)
        return Written(migrated=len(batch.documents))

    def _take_apart(self, batch: "_Batch", error: Exception) -> Written:
        """Write the halves of what was refused; a single document that is not there has failed."""
        if len(batch.documents) == 1:
            [made] = batch.documents
            stored = self._stored([made]).get(made["external_id"])
            return compare(made, stored, batch.job_id) if stored else fail(made, error)
        middle = len(batch.documents) // 2
        written = Written()
        for part in (batch.documents[:middle], batch.documents[middle:]):
            written.add(self._write(replace(batch, documents=part)))
        return written


@dataclass(frozen=True, slots=True)
class _Batch:
    """Documents that one writer writes for a job, all of them or none."""

    documents: Sequence[Made]
    job_id: str
    fence: Fence | None
    writer: int
