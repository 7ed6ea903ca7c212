"""Reconciles an account outside a run, and tells its last job (rule: reconciliation)."""

from dataclasses import replace

from rich.console import Console

from ingest.shared.mongo import CdpDatabase, connected
from ingest.shared.progress import show_progress
from ingest.shared.seeds import Account, read_denied_fields, read_mapped_types
from ingest.shared.settings import Settings
from loaders.errors import NothingToDoError
from loaders.jobs.errors import JobAlreadyRunningError
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.transform.warehouse import Warehouse
from loaders.verify.read_back import Sides, reconcile
from loaders.verify.rederive.checking import Sample, check_sample
from loaders.verify.source_count import source_count
from loaders.verify.verdict import Verdict

TOLD = ["completed", "failed", "halted", "cancelled", "signed_off"]


def reconcile_again(
    settings: Settings, account: Account, sample_size: int, console: Console
) -> Verdict:
    """Reconcile, and record the figures in the account's last job; a difference fails that job.

    Args:
        settings: Where everything is.
        account: The account.
        sample_size: How many audits are derived a second time; the job chooses which.
        console: Where the progress is shown.

    Raises:
        JobAlreadyRunningError: A run is on its way; it reconciles by itself.
        NothingToDoError: The account has no job.
    """
    folder = settings.var_dir / account.account
    with (
        Warehouse.opened(folder, account.company_sso_id) as warehouse,
        connected(settings.mongo_url) as database,
    ):
        jobs = Jobs(database, account)
        refuse_while_running(jobs)
        forget_void_failures(jobs, warehouse)
        sample = Sample(sample_size, str((jobs.last() or {}).get("job_id")))
        verdict = reconciled(settings, account, database, warehouse, sample, console)
        _tell(jobs, verdict)
    return verdict


def reconciled(
    settings: Settings,
    account: Account,
    database: CdpDatabase,
    warehouse: Warehouse,
    sample: Sample,
    console: Console,
) -> Verdict:
    """Compare everything, derive a sample anew, and show the progress; no job is touched."""
    verdict = compared(settings, account, database, warehouse, console)
    found = check_sample(settings, account, database, warehouse, sample)
    figures = verdict.figures | found.figures
    return replace(verdict, figures=figures, sample_problem=found.problem)


def compared(
    settings: Settings,
    account: Account,
    database: CdpDatabase,
    warehouse: Warehouse,
    console: Console,
) -> Verdict:
    """Read MongoDB back and compare it with the mart; nothing is written to it."""
    mart = warehouse.mart()

    def count() -> int:
        return source_count(settings, account, read_mapped_types(), mart.cutoff)

    sides = Sides(
        logs=ActivityLogs(database, account.company_sso_id),
        jobs=Jobs(database, account),
        denied=read_denied_fields(),
        count_source=count,
    )
    with show_progress(console, "read back", mart.row_count) as progress:
        return reconcile(warehouse, sides, progress)


def refuse_while_running(jobs: Jobs) -> None:
    """Leave an account alone that a run is working on.

    Raises:
        JobAlreadyRunningError: A run holds it.
    """
    running = jobs.running()
    if running and not jobs.is_free(running):
        raise JobAlreadyRunningError(running)


def forget_void_failures(jobs: Jobs, warehouse: Warehouse) -> None:
    """Forget what a load could not write, once its logs were rolled back: it was never loaded."""
    last = jobs.last()
    if last and last["status"] == "rolled_back":
        warehouse.execute("delete from readback.load_failures")


def _tell(jobs: Jobs, verdict: Verdict) -> None:
    last = jobs.last()
    if last is None:
        raise NothingToDoError(
            "the account has no job to verify; run `make migrate` or `make load`"
        )
    fields = dict(verdict.figures)
    if any(last.get(name) != figure for name, figure in fields.items()):
        fields["report_hashes"] = {}  # what the report says is not so any more
    if verdict.problem and last["status"] in ("completed", "signed_off"):
        fields |= {"status": "failed", "phase": "reconcile", "error": verdict.problem}
    jobs.set_status(last["job_id"], TOLD, **fields)
