"""Commands that run a stage, a whole migration, or a service."""

import sys
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account, read_accounts
from ingest.shared.settings import Settings, environment, var_dir
from loaders import migrate as runs
from loaders.commands.options import (
    AccountName,
    DateRangeStart,
    DryRun,
    Resume,
    account_and_settings,
    option,
)
from loaders.commands.topics import RUN, SERVE, TEND
from loaders.jobs.heartbeat import running
from loaders.jobs.logs import configure_logs
from loaders.jobs.metrics import watching
from loaders.jobs.worker import Worker
from loaders.preview import preview
from loaders.review.summary import summary_lines
from loaders.transform.build import transform
from loaders.transform.lake.publishing import publish

app = typer.Typer()


@app.command("transform", rich_help_panel=RUN)
def transform_command(account: AccountName) -> None:
    """Map, join and validate in SQL (dbt build)."""
    env = environment()
    found = find_account(account)
    transform(found, var_dir(env), env, say=typer.echo)
    typer.echo(f"{account}: transformed; dbt's tests pass")


@app.command("lake", rich_help_panel=TEND)
def lake_command(account: AccountName) -> None:
    """Transform the account's staging file into the lake of all accounts."""
    env = environment()
    publish(find_account(account), var_dir(env), env)
    typer.echo(f"{account}: its marts are in the lake; dbt's tests pass")


@app.command("load", rich_help_panel=RUN)
def load_command(account: AccountName, resume: Resume = False) -> None:
    """Write the mart's rows to MongoDB, each once, in a job of its own, and reconcile it."""
    found, settings = account_and_settings(account)
    runs.finish_killed_rollback(settings, found)
    with running(settings, found, resume=resume) as run:
        with runs.opened(run) as warehouse:
            tally, verdict = runs.load_and_verify(run, warehouse, Console())
        run.job.end(runs.settled(run, verdict))
        typer.echo(
            f"{account}: {tally.migrated:,} inserted, {tally.already_present:,} already present, "
            f"{tally.skipped:,} skipped, {tally.failed:,} failed ({100 * tally.failure_rate:.2f} %)"
        )
        verdict.raise_unless_good()


@app.command("migrate", rich_help_panel=RUN)
def migrate_command(
    account: AccountName,
    resume: Resume = False,
    force: Annotated[
        bool, option("--force", "FORCE", help="Go on without a passed probe; recorded in the job.")
    ] = False,
    date_range_start: DateRangeStart = None,
    job_id: Annotated[
        str | None, typer.Option("--job", help="Take over this queued or orphaned job, no other.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """All of it: extract, transform, load, reconcile, report."""
    found, settings = account_and_settings(account)
    if dry_run:
        preview(settings, found, environment(), date_range_start, Console()).raise_unless_good()
        return
    wish = runs.Wish(resume=resume, force=force, date_range_start=date_range_start, job_id=job_id)
    job = runs.migrate(settings, found, environment(), wish, Console())
    for line in summary_lines(account, job):
        typer.echo(line)


@app.command("serve", rich_help_panel=SERVE)
def serve_command(
    with_worker: Annotated[
        bool, option("--worker", "WORKER", help="With a worker beside it.")
    ] = False,
) -> None:
    """Serve the HTTP API and the pages."""
    from loaders.app.serve import serve  # the web framework is not for the other commands
    from loaders.app.settings import AppSettings

    env = environment()
    configure_logs(sys.stderr)
    serve(AppSettings.from_env(env), env, with_worker=with_worker)


@app.command("worker", rich_help_panel=SERVE)
def worker_command(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing waits.")
    ] = False,
) -> None:
    """Run queued jobs, those that a dead worker left, and what the pages ask for, one at a time."""
    env = environment()
    configure_logs(sys.stderr)
    settings = Settings.from_env(env)  # what its children need is missed now, not in a job
    with connected(settings.mongo_url) as database, watching(settings.statsd) as watch:
        finish = partial(runs.finish_killed_rollback, settings)
        Worker(database, read_accounts, env, watch, finish_rollback=finish).run(
            until_idle=until_idle
        )
