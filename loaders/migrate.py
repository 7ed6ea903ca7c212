"""One run: extract → transform → load → reconcile → report, recorded in one job."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console

from ingest.shared.dates import read_start
from ingest.shared.mongo import connected
from ingest.shared.processes import ChildProblem, run_child
from ingest.shared.progress import Unwatched, show_progress
from ingest.shared.retry import STAGE_OF_A_RUN
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from ingest.shared.tracing import traced
from loaders.errors import StageFailedError
from loaders.jobs.account_files import report_path
from loaders.jobs.errors import GatesNotPassedError
from loaders.jobs.gates import last_probe, require_passed
from loaders.jobs.heartbeat import Run, running, user_name
from loaders.jobs.job_document import Ending
from loaders.jobs.metrics import watching
from loaders.jobs.usman_calls import usman_calls
from loaders.load.collection import ActivityLogs
from loaders.load.load import Load
from loaders.load.rollback import Rollback
from loaders.load.tally import Tally
from loaders.review.report import Subject, write_report
from loaders.review.runs_page import write_runs_page
from loaders.transform.build import transform
from loaders.transform.provenance import report_hashes
from loaders.transform.warehouse import Warehouse
from loaders.verify.reconcile import reconciled
from loaders.verify.rederive.checking import DEFAULT_SIZE, Sample
from loaders.verify.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asks of a run."""

    resume: bool = False
    force: bool = False
    date_range_start: str | None = None
    job_id: str | None = None


def migrate(
    settings: Settings, account: Account, env: Mapping[str, str], wish: Wish, console: Console
) -> dict[str, Any]:
    """Run one account from end to end.

    Returns:
        The job document at the end.

    Raises:
        GatesNotPassedError: The last probe did not pass, and the caller does not force it.
        MigrationError: A stage failed, the load halted, or the reconciliation differs; the job is
            ``failed`` or ``halted`` and holds the same line.
    """
    if wish.date_range_start:
        read_start(wish.date_range_start)  # what nobody can read becomes no job
    # A job that is taken over was let through, or forced, when it was triggered.
    objection = "" if wish.job_id else _objection(settings, account, wish)
    finish_killed_rollback(settings, account)
    say = partial(console.print, highlight=False, soft_wrap=True)
    fields = {"date_range_start": wish.date_range_start, "forced": wish.force}
    with running(settings, account, resume=wish.resume, job_id=wish.job_id, **fields) as run:
        if wish.force:
            run.job.record("force", user_name(), objection, forced=True)
        run.job.update(phase="extract")
        run.persist(partial(_extract, run, env, wish), say)
        run.job.update(phase="transform")
        transform(account, settings.var_dir, env, is_needed=False, say=say)
        with opened(run) as warehouse:
            _, verdict = load_and_verify(run, warehouse, console)
            ending = _reported(run, warehouse, settled(run, verdict))
        run.job.end(ending, phase="report" if verdict.error else "done")
        verdict.raise_unless_good()
    return run.job.document


def finish_killed_rollback(settings: Settings, account: Account) -> None:
    """Finish a rollback whose process died: a run begins after it.

    Raises:
        RollbackError: It leaves something, or native logs changed meanwhile.
    """
    with connected(settings.mongo_url) as database, watching(settings.statsd) as watch:
        Rollback(database, account, user_name(), watch).finish_killed(Unwatched())


def load_and_verify(run: Run, warehouse: Warehouse, console: Console) -> tuple[Tally, Verdict]:
    """Load and reconcile: what was not reconciled is not completed.

    Raises:
        HaltedError: More than 10 % of the audits failed.
    """
    say = partial(console.print, highlight=False, soft_wrap=True)
    tally = run.persist(partial(_load, run, warehouse, console), say)
    return tally, run.persist(partial(_verify, run, warehouse, console), say)


def settled(run: Run, verdict: Verdict) -> Ending:
    """Return how a run ends that was reconciled."""
    error = str(verdict.error) if verdict.error else None
    return run.job.ending("failed" if error else "completed", error)


@traced("extract")
def _extract(run: Run, env: Mapping[str, str], wish: Wish) -> None:
    start = wish.date_range_start or run.job.document["date_range_start"]
    try:
        extract(run.account, {**env, STAGE_OF_A_RUN: "1"}, start)
    finally:
        run.job.update(usman=usman_calls(run.folder, run.job.document))


@traced("report")
def _reported(run: Run, warehouse: Warehouse, ending: Ending) -> Ending:
    """Write the report of the run as it will have ended."""
    path = str(report_path(run.settings.var_dir, run.account))
    run.job.update(phase="report", report=path)
    gates = last_probe(run.database, run.account)
    ended = run.job.as_ended(ending)
    page = write_report(warehouse, Subject(run.settings, run.account, ended, gates))
    run.job.update(report_hashes=report_hashes(page))
    write_runs_page(run.database, run.account, run.settings.var_dir, ended)
    return ending


def _objection(settings: Settings, account: Account, wish: Wish) -> str:
    """Say what the last probe has against a run, in a word where it has nothing."""
    with connected(settings.mongo_url) as database:
        try:
            require_passed(database, account)
        except GatesNotPassedError as error:
            if not wish.force:
                raise
            return error.problem
    return "the last probe passed"


def opened(run: Run) -> AbstractContextManager[Warehouse]:
    """Open the warehouse of a run's account."""
    return Warehouse.opened(run.folder, run.account.company_sso_id)


@traced("load")
def _load(run: Run, warehouse: Warehouse, console: Console) -> Tally:
    """Write the mart's rows to MongoDB for a held job."""
    total = warehouse.mart().outcome_count
    logs = ActivityLogs(run.database, run.account.company_sso_id)
    with show_progress(console, "load", total) as progress:
        return Load(warehouse, logs, run.job, progress).run()


@traced("reconcile")
def _verify(run: Run, warehouse: Warehouse, console: Console) -> Verdict:
    """Reconcile for a held job and record the figures in it."""
    run.job.update(phase="reconcile")
    sample = Sample(DEFAULT_SIZE, run.job.document["job_id"])
    verdict = reconciled(run.settings, run.account, run.database, warehouse, sample, console)
    run.job.update(**verdict.figures)
    return verdict


def probe(account: Account, env: Mapping[str, str]) -> ChildProblem | None:
    """Probe an account, as a child; return what a gate has against a run.

    Raises:
        StageFailedError: The probe could not be made.
    """
    arguments = [sys.executable, "-m", "ingest", "probe", "--account", account.account]
    problem = run_child("probe", arguments, env)
    if problem and problem.exit_code != GatesNotPassedError.exit_code:
        raise StageFailedError("probe", problem.exit_code, problem.message)
    return problem


def extract(account: Account, env: Mapping[str, str], date_range_start: str | None) -> None:
    """Copy the account's sources into its warehouse, as a child.

    Raises:
        StageFailedError: The extract failed; the error is its own line.
    """
    arguments = [sys.executable, "-m", "ingest", "extract", "--account", account.account]
    if date_range_start:
        arguments += ["--date-range-start", date_range_start]
    problem = run_child("extract", arguments, env)
    if problem:
        raise StageFailedError("extract", problem.exit_code, problem.message)
