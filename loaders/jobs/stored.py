"""The jobs of an account, as MongoDB keeps them.

One active job per account is a rule of the database: a unique index over ``in_progress``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import DURABLE, CdpDatabase, server_time
from ingest.shared.seeds import Account
from loaders.jobs.errors import JobAlreadyRunningError
from loaders.jobs.job_changes import NOW, JobDocument, change, event, structure
from loaders.jobs.job_document import PUSHED, Watch, unwatched
from loaders.jobs.lease import is_over
from loaders.jobs.queries import find_jobs, find_newest


class StoredJobs:
    """The jobs of one account, found and changed one at a time.

    Args:
        database: The CDP's database.
        account: The account.
        watch: Told of a job before and after a change.
    """

    def __init__(self, database: CdpDatabase, account: Account, watch: Watch = unwatched) -> None:
        self.watch = watch
        self.collection = database.get_collection(JOBS, write_concern=DURABLE)
        self.account = account
        self.database = database
        self._of_account = {"company_sso_id": account.company_sso_id}

    def last(self) -> JobDocument | None:
        """Return the newest job."""
        return find_newest(self.collection, self._of_account)

    def newest(self, most: int) -> list[JobDocument]:
        """Return the newest jobs, the last one first."""
        return find_jobs(self.collection, self._of_account, newest=most)

    def last_signed(self) -> JobDocument | None:
        """Return the newest job that was signed off."""
        return find_newest(self.collection, self._of_account | {"sign_off": {"$exists": True}})

    def all_of(self, fields: Sequence[str]) -> Iterator[JobDocument]:
        """Stream some fields of every job."""
        yield from self.collection.find(self._of_account, dict.fromkeys(fields, 1))

    def note_removed(self, counts: Mapping[str, int], session: ClientSession | None) -> None:
        """Note in each job how many of its documents were deleted."""
        for job_id, count in counts.items():
            query = self._of_account | {"job_id": job_id}
            self.collection.update_one(query, {"$inc": {"removed_count": count}}, session=session)

    def knows(self, job_id: str | None) -> bool:
        """Tell whether a job is the account's, or a push that has no job of its own."""
        if job_id is None or job_id.startswith(PUSHED):
            return job_id is not None
        return self.collection.find_one(self._of_account | {"job_id": job_id}) is not None

    def sign(self, job_id: str, sign_off: dict[str, Any]) -> JobDocument | None:
        """Sign a completed job, or one whose sign-off is void, anew, now; return it, or none."""
        happened = event("sign_off", sign_off["by"], sign_off["note"] or None)
        signed = structure({**sign_off, "at": NOW})
        fields = {"status": "signed_off", "sign_off": signed}
        return self.collection.find_one_and_update(
            self._of_account | {"job_id": job_id, "status": {"$in": ["completed", "signed_off"]}},
            change(fields, happened),
            return_document=ReturnDocument.AFTER,
        )

    def running(self) -> JobDocument | None:
        """Return the job in progress."""
        return self.collection.find_one(self._of_account | {"status": "in_progress"})

    def is_free(self, job: JobDocument) -> bool:
        """Tell whether nobody holds a job, by MongoDB's clock."""
        return is_over(job.get("lease"), self.moment())

    def moment(self) -> datetime:
        """Return MongoDB's time."""
        return server_time(self.database)

    def set_status(
        self, job_id: str, allowed: list[str], *happened: Any, **fields: Any
    ) -> JobDocument | None:
        """Change a job that is in one of the allowed states; return it, or none."""
        return self.collection.find_one_and_update(
            self._of_account | {"job_id": job_id, "status": {"$in": allowed}},
            change(fields, *happened),
            return_document=ReturnDocument.AFTER,
        )

    def insert(self, fields: JobDocument, what: str, who: str) -> JobDocument:
        """Store a new job.

        Raises:
            JobAlreadyRunningError: A job of the account is in progress.
        """
        key = {name: fields[name] for name in ("company_sso_id", "job_id")}
        rest = {name: value for name, value in fields.items() if name not in key}
        try:
            job = self.collection.find_one_and_update(
                key,
                change(rest, event(what, who)),
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError as error:
            raise JobAlreadyRunningError(self.running() or key) from error
        if job is None:  # an upsert always answers with what it stored
            raise LookupError(key)
        self.watch({}, job)
        return job

    def alter(self, job: JobDocument, fields: JobDocument, *happened: Any) -> JobDocument:
        """Change a job if it still is as it was seen: of two workers one wins.

        Raises:
            JobAlreadyRunningError: It is not, or another job of the account is in progress.
        """
        seen = {name: job.get(name) for name in ("job_id", "status", "lease")}
        try:
            changed = self.collection.find_one_and_update(
                self._of_account | seen,
                change(fields, *happened),
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError as error:
            raise JobAlreadyRunningError(self.running() or job) from error
        if changed is None:
            raise JobAlreadyRunningError(self.running() or job)
        self.watch(job, changed)
        return changed
