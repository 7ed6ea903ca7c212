"""Runs jobs that wait, one at a time, each as a child that takes it over; errands where none waits.

Workers know each other only by MongoDB: of two that see the same job one gets its lease, and the
other goes on to the next. The heartbeat is the child's; a worker that dies takes its child along.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from pymongo import ReturnDocument

from ingest.shared.errors import CdpError
from ingest.shared.indexes import JOBS
from ingest.shared.mongo import DURABLE, CdpDatabase, server_time, translated
from ingest.shared.processes import Child, ChildProblem
from ingest.shared.seeds import Account
from ingest.shared.settings import var_dir
from loaders.errors import RollbackError
from loaders.jobs.account_files import staging_path
from loaders.jobs.errands import OF_A_FILE, Errands, command_of
from loaders.jobs.errors import JobError
from loaders.jobs.job_changes import NOW, JobDocument, change, event
from loaders.jobs.job_document import ACTIVE, Watch, unwatched
from loaders.jobs.lease import is_over, own_name
from loaders.jobs.queries import find_jobs

POLL_S = 2.0
MOST_ATTEMPTS = 3
HOPELESS = 2  # usage, e.g. an account that this machine's seed does not have
STOPPED = "its worker was stopped; ask for it again"

log = structlog.get_logger("worker")


class Worker:
    """Works until it is told to stop.

    Args:
        database: The CDP's database.
        accounts: Tells the accounts by their slug; asked anew for every job.
        env: Environment of the children.
        watch: Told of a job before and after a change, for metrics.
        finish_rollback: Finishes the rollback of an account that a dead process left.
    """

    def __init__(
        self,
        database: CdpDatabase,
        accounts: Callable[[], Mapping[str, Account]],
        env: Mapping[str, str],
        watch: Watch = unwatched,
        *,
        finish_rollback: Callable[[Account], object],
    ) -> None:
        self._database = database
        self._jobs = database.get_collection(JOBS, write_concern=DURABLE)
        self._errands = Errands(database)
        self._finish_rollback = finish_rollback
        self._accounts = accounts
        self._env = env
        self._watch = watch
        self._stop = threading.Event()
        self._child: Child | None = None

    def run(self, *, until_idle: bool = False) -> None:
        """Work on one waiting job after the other.

        Args:
            until_idle: End when nothing waits; else wait for the next.
        """
        with self._stopped_by_signals():
            log.info("worker started", worker=own_name())
            while not self._stop.is_set():
                if not self._turn() and until_idle:
                    break
                self._stop.wait(POLL_S)
            log.info("worker stopped", worker=own_name())

    def _turn(self) -> bool:
        """Work on the oldest waiting job, or errand; tell whether to look at once for the next."""
        try:
            with translated():
                if found := self._waiting():
                    self._work_on(*found)
                    return True
                return any(self._run_errand(*each) for each in self._waiting_errands())
        except CdpError as error:
            log.warning("MongoDB is lost", error=str(error))
            return True
        except (JobError, RollbackError) as error:  # of a rollback: another finished or holds it
            log.warning("rollback not finished", error=str(error))
            return False

    def _waiting(self) -> tuple[Account, JobDocument] | None:
        """Return the oldest job that nobody holds, or whose holder's lease ended."""
        accounts = {each.company_sso_id: each for each in self._accounts().values()}
        free = sorted(accounts.keys() - self._errands.find_held())
        query = {"company_sso_id": {"$in": free}, "status": {"$in": ACTIVE}}
        moment = server_time(self._database)
        for job in find_jobs(self._jobs, query):
            if is_over(job.get("lease"), moment) and _is_due(job, moment):
                return accounts[job["company_sso_id"]], job
        return None

    def _work_on(self, account: Account, job: JobDocument) -> None:
        about = log.bind(account=account.account, job_id=job["job_id"])
        if job["status"] == "rolling_back":
            about.info("rollback goes on")
            self._finish_rollback(account)
            return
        about.info("run started", phase=job["phase"])
        problem = self._run(["migrate", "--account", account.account, "--job", job["job_id"]])
        job = self._jobs.find_one(_key(job)) or job
        moment = server_time(self._database)
        if job["status"] != "in_progress":
            about.info("run ended", status=job["status"], counts=job["counts"])
        elif not is_over(job.get("lease"), moment):
            about.info("run left to another worker")
        elif self._stop.is_set():
            self._release(job)
            about.info("run released", phase=job["phase"])
        elif not _is_due(job, moment):
            about.info("run put off", until=job["not_before"].isoformat(), error=job["error"])
        elif problem:
            about.warning("run ended without a result", exit_code=problem.exit_code)
            self._count_attempt(job, problem)

    def _waiting_errands(self) -> Iterator[tuple[Account, JobDocument]]:
        accounts = {each.company_sso_id: each for each in self._accounts().values()}
        folder = var_dir(self._env)
        for errand in self._errands.find_waiting(accounts):
            account = accounts[errand["company_sso_id"]]
            if errand["what"] not in OF_A_FILE or staging_path(folder, account).exists():
                yield account, errand

    def _run_errand(self, account: Account, waiting: JobDocument) -> bool:
        errand = self._errands.begin(waiting)
        if errand is None:
            return False
        about = log.bind(account=account.account, what=errand["what"])
        about.info("errand started")
        with self._errands.held(errand):
            problem = self._run(command_of(account, errand))
        is_stopped = problem is not None and self._stop.is_set()
        message = problem.message if problem else None
        self._errands.end(errand, STOPPED if is_stopped else message)
        about.info("errand ended", exit_code=problem.exit_code if problem else 0)
        return True

    def _run(self, arguments: Sequence[str]) -> ChildProblem | None:
        child = [sys.executable, "-m", "loaders", *arguments]
        self._child = Child(arguments[0], child, self._env, is_shown=sys.stderr.isatty())
        if self._stop.is_set():
            self._child.stop()
        problem = self._child.wait()
        self._child = None
        return problem

    def _release(self, job: JobDocument) -> None:
        """Give the job back: the next worker need not wait for the lease's end."""
        self._change(job, {"lease": None}, event("release", own_name()))

    def _count_attempt(self, job: JobDocument, problem: ChildProblem) -> None:
        """Note a run that ended without a result; the last allowed one fails the job."""
        attempts = job.get("attempts", 0) + 1
        fields: dict[str, Any] = {"attempts": attempts, "lease": None}
        if attempts >= MOST_ATTEMPTS or problem.exit_code == HOPELESS:
            error = f"gave up after {attempts} attempts: {problem.message}"
            ended = {"status": "failed", "error": error, "finished_at": NOW}
            self._change(job, fields | ended, event("failed", own_name(), error))
        else:
            self._change(job, fields, event("attempt", own_name(), problem.message))

    def _change(self, job: JobDocument, fields: dict[str, Any], happened: Any) -> None:
        """Change a job if nobody took it meanwhile."""
        seen = _key(job) | {"status": "in_progress", "lease": job.get("lease")}
        changed = self._jobs.find_one_and_update(
            seen, change(fields, happened), return_document=ReturnDocument.AFTER
        )
        self._watch(job, changed or job)

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        def stop(_number: int, _frame: object) -> None:
            self._stop.set()
            if self._child:
                self._child.stop()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _is_due(job: JobDocument, moment: datetime) -> bool:
    not_before = job.get("not_before")
    return not_before is None or not_before <= moment


def _key(job: JobDocument) -> dict[str, Any]:
    return {"company_sso_id": job["company_sso_id"], "job_id": job["job_id"]}
