"""Holds a job while a stage runs: heartbeat beside it, a final state after it."""

import getpass
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pymongo.errors import PyMongoError

from ingest.shared.errors import MigrationError
from ingest.shared.indexes import check_indexes
from ingest.shared.mongo import CdpDatabase, connected, translated
from ingest.shared.retry import describe_wait, is_passing, retry
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from ingest.shared.tracing import traced
from loaders.jobs.errors import HaltedError, JobCancelledError, LeaseLostError
from loaders.jobs.held import Job
from loaders.jobs.lease import repeating
from loaders.jobs.metrics import watching
from loaders.jobs.store import Jobs

# What grows or changes while a stage works that does not tell the job itself.
SIGNS_OF_PROGRESS = ("staging.duckdb", "staging.duckdb.wal", "logs/dbt.log")
RELEASED_S = 300.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Run:
    """A held job and what it works on."""

    settings: Settings
    account: Account
    database: CdpDatabase
    job: Job

    @property
    def folder(self) -> Path:
        """The account's folder below `var`."""
        return self.settings.var_dir / self.account.account

    def persist(self, work: Callable[[], Result], say: Callable[[str], object]) -> Result:
        """Do a stage's work; where something is out of reach wait, and go on.

        Args:
            work: The stage; called again it goes on where it was.
            say: Told of each wait.

        Raises:
            MigrationError: What does not pass by itself, or not in time.
        """
        waits = 0

        def tell(seconds: float, error: BaseException) -> None:
            nonlocal waits
            say(describe_wait(seconds, error))
            with suppress(PyMongoError):  # it may be what cannot be reached
                self.job.wait(seconds, str(error), is_first=not waits)
            waits += 1

        def attempt() -> Result:
            with translated():
                result = work()
                if waits:
                    self.job.update(not_before=None, error=None)
                return result

        return retry(attempt, limit_s=self.settings.patience_s, tell=tell)


@contextmanager
def running(
    settings: Settings,
    account: Account,
    *,
    resume: bool = False,
    job_id: str | None = None,
    **fields: Any,
) -> Iterator[Run]:
    """Hold the account's job; the block has to end it, or it ends as ``failed``.

    Args:
        settings: Where everything is.
        account: The account.
        resume: Go on with a halted, failed or cancelled job.
        job_id: Take this queued or orphaned job over for a worker, and no other.
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
        run = Run(settings, account, database, job)
        with (
            traced(
                "run", job.document.get("traceparent"), account=account.account, job_id=job.job_id
            ),
            _stopped_by_sigterm(is_of_worker=bool(job_id)),
            beating(job, run.folder),
            _ended_by_errors(job, is_of_worker=bool(job_id)),
        ):
            yield run
            if job.document["status"] == "in_progress":
                job.finish("failed", error="it ended before it was reconciled")


@contextmanager
def _stopped_by_sigterm(*, is_of_worker: bool) -> Iterator[None]:
    """Let SIGTERM cancel a run as Ctrl-C does; a worker that stops its own gives the job back."""
    if is_of_worker or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def user_name() -> str:
    """Return who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def _ended_by_errors(job: Job, *, is_of_worker: bool) -> Iterator[None]:
    try:
        with translated():
            yield
    except LeaseLostError:
        raise
    except (KeyboardInterrupt, JobCancelledError) as error:
        with suppress(PyMongoError, LeaseLostError):
            job.finish("cancelled")
        raise JobCancelledError(job.job_id) from error
    except BaseException as error:
        with suppress(PyMongoError, LeaseLostError):
            _end(job, error, is_of_worker=is_of_worker)
        raise


def _end(job: Job, error: BaseException, *, is_of_worker: bool) -> None:
    text = str(error) if isinstance(error, MigrationError) else type(error).__name__
    if is_of_worker and is_passing(error):
        job.release(RELEASED_S, text)
    else:
        job.finish("halted" if isinstance(error, HaltedError) else "failed", error=text)


@contextmanager
def beating(job: Job, folder: Path | None = None) -> Iterator[None]:
    """Renew the lease from a thread, so that a child or a long query does not lose it.

    Where the job was asked to stop and the main thread did not learn it by itself, it is
    interrupted, as Ctrl-C would.

    Args:
        job: The job.
        folder: The account's folder, where a file that changes is progress.
    """
    main = threading.current_thread()
    seen = _signs(folder)

    def beat() -> None:
        nonlocal seen
        if job.is_cancelled and main is threading.main_thread():  # since the last beat
            signal.pthread_kill(main.ident or 0, signal.SIGINT)
        before, seen = seen, _signs(folder)
        with suppress(PyMongoError, LeaseLostError):  # the next update tells of a lost lease
            job.beat(has_progress=seen != before)

    with repeating(beat):
        yield


def _signs(folder: Path | None) -> list[tuple[int, int]]:
    """Return size and time of what changes while a stage works."""
    found = []
    for name in SIGNS_OF_PROGRESS if folder else ():
        with suppress(OSError):
            state = Path(folder or "", name).stat()
            found.append((state.st_size, state.st_mtime_ns))
    return found
