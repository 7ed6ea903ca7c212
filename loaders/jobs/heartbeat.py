"""Holds a job while a stage runs: heartbeat beside it, a final state after it (rule: job)."""

import getpass
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pymongo.errors import PyMongoError

from ingest.shared.errors import MigrationError
from ingest.shared.indexes import check_indexes
from ingest.shared.mongo import CdpDatabase, connected, translated
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from loaders.jobs.errors import HaltedError, LeaseLostError
from loaders.jobs.held import Job
from loaders.jobs.lease import HEARTBEAT_S
from loaders.jobs.metrics import watching
from loaders.jobs.store import Jobs


@dataclass(frozen=True, slots=True)
class Run:
    """A held job and what it works on."""

    settings: Settings
    account: Account
    database: CdpDatabase
    job: Job


@contextmanager
def running(
    settings: Settings,
    account: Account,
    *,
    resume: bool = False,
    job_id: str | None = None,
    **fields: Any,
) -> Iterator[Run]:
    """Hold the account's job; without a final state at the end it is ``completed``.

    Args:
        settings: Where everything is.
        account: The account.
        resume: Go on with a halted or failed job.
        job_id: Take this queued or orphaned job over, and no other.
        fields: More fields of a new job.

    Raises:
        MissingIndexError: `make indexes` was not run.
        MigrationError: The job cannot be had, or what the block raised.
    """
    with connected(settings.mongo_url) as database, watching(settings.statsd) as watch:
        check_indexes(database)
        jobs = Jobs(database, account, watch)
        if job_id:
            job = jobs.take_over(job_id, requested_by=user_name())
        else:
            job = jobs.start(requested_by=user_name(), resume=resume, **fields)
        with _beating(job), _ended_by_errors(job):
            yield Run(settings, account, database, job)
            if job.document["status"] == "in_progress":
                job.finish("completed")


def user_name() -> str:
    """Return who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def _ended_by_errors(job: Job) -> Iterator[None]:
    try:
        with translated():
            yield
    except LeaseLostError:
        raise
    except BaseException as error:
        status = "halted" if isinstance(error, HaltedError) else "failed"
        known = isinstance(error, MigrationError)
        with suppress(PyMongoError, LeaseLostError):
            job.finish(status, error=str(error) if known else type(error).__name__)
        raise


@contextmanager
def _beating(job: Job) -> Iterator[None]:
    """Renew the lease from a thread, so that a child or a long query does not lose it."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT_S):
            with suppress(PyMongoError, LeaseLostError):  # the next update tells of a lost lease
                job.beat()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
