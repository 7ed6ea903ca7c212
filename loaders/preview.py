"""Shows what a run would do: no job, and nothing is written to MongoDB (rule: reconciliation)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from ingest.shared.mongo import CdpDatabase, connected
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from loaders.jobs.gates import last_probe
from loaders.jobs.store import Jobs
from loaders.migrate import extract
from loaders.review.report import Subject, write_report
from loaders.review.report.words import FATES
from loaders.transform.build import transform
from loaders.transform.warehouse import Warehouse
from loaders.verify.reconcile import compared, forget_void_failures, refuse_while_running
from loaders.verify.verdict import Verdict


def preview(
    settings: Settings,
    account: Account,
    env: Mapping[str, str],
    date_range_start: str | None,
    console: Console,
) -> Verdict:
    """Extract, transform, compare with MongoDB as it is, and write the preview.

    The staging file is the account's own: a run afterwards goes on from there.

    Returns:
        What stands against a run: what is not loaded yet does not.

    Raises:
        JobAlreadyRunningError: A run is on its way.
        MigrationError: A stage failed.
    """
    with compared_today(settings, account, env, date_range_start, console) as today:
        warehouse, database = today.warehouse, today.database
        verdict = _before_loading(today.verdict)
        subject = Subject(settings, account, None, last_probe(database, account), verdict.problem)
        path = write_report(warehouse, subject)
        for line in _lines(warehouse, account, path):
            console.print(line, highlight=False, soft_wrap=True, markup=False)
    return verdict


@dataclass(frozen=True, slots=True)
class Today:
    """An account as its sources, its rules and MongoDB are now."""

    warehouse: Warehouse
    database: CdpDatabase
    verdict: Verdict


@contextmanager
def compared_today(
    settings: Settings,
    account: Account,
    env: Mapping[str, str],
    date_range_start: str | None,
    console: Console,
) -> Iterator[Today]:
    """Extract, transform, and compare with MongoDB as it is; nothing is written to it.

    Raises:
        JobAlreadyRunningError: A run is on its way.
        MigrationError: A stage failed.
    """
    with connected(settings.mongo_url) as database:
        refuse_while_running(Jobs(database, account))
    extract(account, env, date_range_start)
    say = partial(console.print, soft_wrap=True, markup=False, highlight=False)
    transform(account, settings.var_dir, env, is_needed=False, say=say)
    folder = settings.var_dir / account.account
    with (
        Warehouse.opened(folder, account.company_sso_id) as warehouse,
        connected(settings.mongo_url) as database,
    ):
        forget_void_failures(Jobs(database, account), warehouse)
        verdict = compared(settings, account, database, warehouse, console)
        yield Today(warehouse, database, verdict)


def _before_loading(verdict: Verdict) -> Verdict:
    """Leave out what a load would put right: missing documents, and the hop that they leave open."""
    hops = tuple(hop for hop in verdict.open_hops if hop != "loaded")
    differences = {kind: count for kind, count in verdict.differences.items() if kind != "missing"}
    return replace(verdict, open_hops=hops, differences=differences)


def _lines(warehouse: Warehouse, account: Account, path: Path) -> Iterator[str]:
    yield f"{account.account}: a preview, nothing was written"
    for row in warehouse.rows("select * from reconciliation.load_preview order by fate desc"):
        yield f"  {row['log_count']:,} documents {FATES[row['fate']]}"
    yield f"preview: {path}"
