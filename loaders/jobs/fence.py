"""The fence: whoever claimed an account last may write its logs, and nobody before (rule: clock and fence).

A lease tells who should work; it cannot keep back a batch that was on its way when it ended. So
each claim of an account has a larger number, and it is installed in one document for each writer.
A batch is a transaction that changes its writer's document where that still has the claim's number:
one that began before a later claim is either done before that claim goes on, or is never done.
Two writers have a document each, since two transactions that change one document exclude each other.
A claim names its writers' sessions there, so that the next one can end what a dead writer left open.

A standalone MongoDB has no transactions. There the number is looked at before each batch, and a batch
that the network held back may still arrive: that one case is open, and the job says so.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pymongo
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError

from ingest.shared.indexes import FENCES
from ingest.shared.mongo import DURABLE, CdpDatabase
from loaders.jobs.errors import LeaseLostError
from loaders.jobs.job_changes import JobDocument

WRITERS = 2
NUMBERS = "numbers"
# A claim ends a transaction that stays open longer. Where it may not, it waits until MongoDB does
# so, after 60 to 90 seconds.
OPEN_S = 2.0
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
        sessions: The session of each writer.
        has_transactions: Whether MongoDB has them.
    """

    database: CdpDatabase
    company_sso_id: str
    job_id: str
    number: int
    sessions: tuple[ClientSession, ...]
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
        sessions = tuple(database.client.start_session() for _ in range(WRITERS))
        with pymongo.timeout(CLAIM_S):
            for writer, session in enumerate(sessions):
                key = _key(company_sso_id, writer)
                if _install(database, key, number, session)["fence"] != number:
                    raise LeaseLostError(job_id)
        return cls(database, company_sso_id, job_id, number, sessions, has_transactions(database))

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

        with pymongo.timeout(BATCH_S):
            self.sessions[writer].with_transaction(transaction, write_concern=DURABLE)

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


def _install(
    database: CdpDatabase, key: dict[str, Any], number: int, session: ClientSession
) -> Any:
    """Install a claim's number and session where no larger number is."""
    is_larger = {"$gt": ["$fence", number]}
    mine = {"fence": number, "session": {"$literal": session.session_id}}
    fields = {name: {"$cond": [is_larger, f"${name}", value]} for name, value in mine.items()}
    try:
        with pymongo.timeout(OPEN_S):
            return _changed(database, key, [{"$set": fields}])
    except PyMongoError as error:
        if not error.timeout:
            raise
    _end_transaction(database, key | {"fence": {"$lt": number}})
    return _changed(database, key, [{"$set": fields}])


def _end_transaction(database: CdpDatabase, earlier: dict[str, Any]) -> None:
    """End what the session of an earlier claim has open; its writer is told, if it still lives."""
    before = database[FENCES].find_one(earlier) or {}
    if session_id := before.get("session"):
        with suppress(OperationFailure):  # it may be refused, and MongoDB does it by itself
            database.client.admin.command("killSessions", [session_id])


def _changed(database: CdpDatabase, key: dict[str, Any], update: Any) -> Any:
    return database.get_collection(FENCES, write_concern=DURABLE).find_one_and_update(
        key, update, upsert=True, return_document=ReturnDocument.AFTER
    )
