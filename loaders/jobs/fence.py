"""The fence: whoever claimed an account last may write its logs, and nobody before (rule: clock and fence).

A lease tells who should work; it cannot keep back a batch that was on its way when it ended. So
each claim of an account has a larger number, and it is installed in one document for each writer.
A batch is a transaction that changes its writer's document where that still has the claim's number:
one that began before a later claim is either done before that claim goes on, or is never done.
Two writers have a document each, since two transactions that change one document exclude each other.

A standalone MongoDB has no transactions. There the number is looked at before each batch, and a batch
that the network held back may still arrive: that one case is open, and the job says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pymongo
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from ingest.shared.indexes import FENCES
from ingest.shared.mongo import DURABLE, CdpDatabase
from loaders.jobs.errors import LeaseLostError
from loaders.jobs.job_changes import JobDocument

WRITERS = 2
NUMBERS = "numbers"
# MongoDB ends a transaction that nobody ends after 60 to 90 seconds; a claim waits for that.
CLAIM_S = 150.0
BATCH_S = 60.0
STANDALONE = (
    "MongoDB is a standalone server, without transactions: a batch that the network holds back "
    "may arrive after another worker took over, or after a rollback"
)


@dataclass(frozen=True, slots=True)
class Fence:
    """The right of one claim to write an account's logs.

    Args:
        database: The CDP's database.
        company_sso_id: The account.
        job_id: The job that was claimed.
        number: The claim's number.
        has_transactions: Whether MongoDB has them.
    """

    database: CdpDatabase
    company_sso_id: str
    job_id: str
    number: int
    has_transactions: bool

    @classmethod
    def raised(cls, database: CdpDatabase, job: JobDocument) -> "Fence":
        """Keep out every writer whose claim has a smaller number than a claimed job's.

        Raises:
            LeaseLostError: A larger number was installed meanwhile.
        """
        company_sso_id, job_id, number = (
            job[name] for name in ("company_sso_id", "job_id", "fence")
        )
        largest = {"$max": ["$fence", number]}
        with pymongo.timeout(CLAIM_S):
            for writer in range(WRITERS):
                key = _key(company_sso_id, writer)
                fields = {"fence": largest}
                if _changed(database, key, [{"$set": fields}])["fence"] != number:
                    raise LeaseLostError(job_id)
        return cls(database, company_sso_id, job_id, number, has_transactions(database))

    def write(self, writer: int, work: Callable[[ClientSession | None], object]) -> None:
        """Let a writer do its work, all of it or nothing, while no later claim was made.

        Raises:
            LeaseLostError: There was one; nothing is done.
        """
        if not self.has_transactions:
            self._check(writer)
            work(None)
            return

        def transaction(session: ClientSession) -> None:
            self._touch(writer, session)
            work(session)

        with pymongo.timeout(BATCH_S), self.database.client.start_session() as session:
            session.with_transaction(transaction, write_concern=DURABLE)

    def _touch(self, writer: int, session: ClientSession) -> None:
        key = _key(self.company_sso_id, writer) | {"fence": self.number}
        touched = self.database[FENCES].update_one(key, {"$inc": {"batches": 1}}, session=session)
        if not touched.matched_count:
            raise LeaseLostError(self.job_id)

    def _check(self, writer: int) -> None:
        key = _key(self.company_sso_id, writer) | {"fence": self.number}
        if not self.database[FENCES].find_one(key):
            raise LeaseLostError(self.job_id)


def next_number(database: CdpDatabase, company_sso_id: str) -> int:
    """Return a number that is larger than that of every claim so far."""
    key = _key(company_sso_id, NUMBERS)
    return int(_changed(database, key, {"$inc": {"fence": 1}})["fence"])


def has_transactions(database: CdpDatabase) -> bool:
    """Tell whether MongoDB is a replica set, or a cluster of them."""
    hello = database.client.admin.command("hello")
    return "setName" in hello or hello.get("msg") == "isdbgrid"


def _key(company_sso_id: str, writer: int | str) -> dict[str, Any]:
    return {"_id": {"company_sso_id": company_sso_id, "writer": writer}}


def _changed(database: CdpDatabase, key: dict[str, Any], update: Any) -> Any:
    return database.get_collection(FENCES, write_concern=DURABLE).find_one_and_update(
        key, update, upsert=True, return_document=ReturnDocument.AFTER
    )
