"""Command line of the loading stage (spec §9, §10, §14)."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.errors import MigrationError
from ingest.shared.indexes import check_indexes
from ingest.shared.mongo import connected
from ingest.shared.progress import show_progress
from ingest.shared.seeds import Account, find_account, read_accounts
from ingest.shared.settings import Settings, environment, mongo_url, statsd_address, var_dir
from loaders import migrate as runs
from loaders.app.settings import AppSettings
from loaders.commands.demo import migrate_all
from loaders.errors import NothingToDoError
from loaders.jobs.gates import last_probe
from loaders.jobs.heartbeat import running, user_name
from loaders.jobs.logs import configure_logs
from loaders.jobs.metrics import watching
from loaders.jobs.store import Jobs
from loaders.jobs.worker import Worker
from loaders.load.rollback import Rollback
from loaders.preview import preview
from loaders.review.explain.explaining import explain
from loaders.review.explain.page import page_console, page_json, print_page
from loaders.review.overview import write_overview
from loaders.review.report import Subject, runs_folder, write_report
from loaders.review.run_diff import change_lines, changes, find_run, kept_runs
from loaders.review.status import signed_state, status_json, status_lines
from loaders.transform.build import transform
from loaders.transform.docs import write_docs
from loaders.transform.lake.publishing import ask, publish
from loaders.transform.warehouse import Warehouse
from loaders.upkeep.id_map import import_id_map
from loaders.upkeep.indexes import ensure_indexes
from loaders.upkeep.purge import purge
from loaders.verify.reconcile import reconcile_again
from loaders.verify.rederive.checking import DEFAULT_SIZE
from loaders.verify.signoff.signing import sign_off

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)
AccountName = Annotated[
    str, typer.Option("--account", help="Slug of the account, as in accounts.csv.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a halted or failed job.")]


@app.command("transform")
def transform_command(account: AccountName) -> None:
    """Map, join and validate in SQL (dbt build)."""
    env = environment()
    found = find_account(account)
    transform(found, var_dir(env), env)
    typer.echo(f"{account}: transformed; dbt's tests pass")


@app.command("lake")
def lake_command(account: AccountName) -> None:
    """Transform the account's staging file into the lake of all accounts."""
    env = environment()
    publish(find_account(account), var_dir(env), env)
    typer.echo(f"{account}: its marts are in the lake; dbt's tests pass")


@app.command("lake-query")
def lake_query_command(query: Annotated[str, typer.Argument(help="SQL over `lake`.")]) -> None:
    """Print the lake's answer to a query."""
    ask(query, environment())


@app.command("docs")
def docs_command(account: AccountName) -> None:
    """Build the dbt docs as one static page."""
    env = environment()
    found = find_account(account)
    typer.echo(f"docs: {write_docs(found, var_dir(env), env)}")


@app.command("load")
def load_command(account: AccountName, resume: Resume = False) -> None:
    """Write the mart's rows to MongoDB, each once, in a job of its own."""
    found, settings = _settings(account)
    with running(settings, found, resume=resume) as run, runs.opened(run) as warehouse:
        tally = runs.load(run, warehouse, Console())
    typer.echo(
        f"{account}: {tally.migrated:,} inserted, {tally.already_present:,} already present, "
        f"{tally.skipped:,} skipped, {tally.failed:,} failed"
    )


@app.command("reconcile")
def reconcile_command(
    account: AccountName,
    sample: Annotated[
        int, typer.Option(min=1, help="So many audits are derived a second time, in Python.")
    ] = DEFAULT_SIZE,
) -> None:
    """Read MongoDB back, compare it with the mart, close the sum, and derive a sample anew."""
    found, settings = _settings(account)
    verdict = reconcile_again(settings, found, sample, Console())
    figures = ", ".join(f"{name} {value}" for name, value in verdict.figures.items())
    typer.echo(f"{account}: {figures}")
    verdict.raise_unless_good()


@app.command("report")
def report_command(account: AccountName) -> None:
    """Write the reconciliation report."""
    found, settings = _settings(account)
    with connected(settings.mongo_url) as database:
        job = Jobs(database, found).last()
        gates = last_probe(database, found)
    if job is None:
        raise NothingToDoError(f"account {account} has no job to report; run `make migrate`")
    with Warehouse.opened(settings.var_dir / account, found.company_sso_id) as warehouse:
        path = write_report(warehouse, Subject(settings, found, job, gates))
    typer.echo(f"report: {path}")


@app.command("overview")
def overview_command() -> None:
    """Write one page about all accounts: gates, last run, figures, sign-off."""
    env = environment()
    with connected(mongo_url(env)) as database:
        typer.echo(f"overview: {write_overview(database, var_dir(env))}")


@app.command("report-diff")
def report_diff_command(
    account: AccountName,
    a: Annotated[str, typer.Option(help="A run: job id, its beginning, last or previous.")],
    b: Annotated[str, typer.Option(help="The other run.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show what changed between the reports of two runs."""
    runs = kept_runs(runs_folder(var_dir(environment()), find_account(account)))
    before, after = find_run(runs, a), find_run(runs, b)
    if as_json:
        typer.echo(json.dumps([asdict(change) for change in changes(before, after)]))
        return
    for line in change_lines(before, after):
        typer.echo(line)


@app.command("migrate")
def migrate_command(
    account: AccountName,
    resume: Resume = False,
    force: Annotated[
        bool, typer.Option("--force", help="Go on without a passed probe; recorded in the job.")
    ] = False,
    date_range_start: Annotated[
        str | None, typer.Option(help="ISO-8601 start of the scope; the first audit if absent.")
    ] = None,
    job_id: Annotated[
        str | None, typer.Option("--job", help="Take over this queued or orphaned job, no other.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be written.")
    ] = False,
) -> None:
    """All of it: extract, transform, load, reconcile, report."""
    found, settings = _settings(account)
    if dry_run:
        preview(settings, found, environment(), date_range_start, Console()).raise_unless_good()
        return
    wish = runs.Wish(resume=resume, force=force, date_range_start=date_range_start, job_id=job_id)
    job = runs.migrate(settings, found, environment(), wish, Console())
    for line in status_lines(account, job):
        typer.echo(line)


@app.command("demo")
def demo_command(
    accounts: Annotated[list[str], typer.Argument(help="The accounts.")],
    with_pages: Annotated[
        bool, typer.Option("--serve", help="Serve the pages; what is migrated already stays.")
    ] = False,
) -> None:
    """Migrate several accounts one after the other and sum up."""
    if not with_pages:
        migrate_all(accounts, Console())
        typer.echo("pages: `make demo SERVE=1` opens the timelines and the operations page")
        return
    from loaders.commands.demo_pages import (  # the web framework is only for this
        not_yet_migrated,
        serve_demo,
    )

    env = environment()
    migrate_all(not_yet_migrated(accounts, env), Console())
    configure_logs(sys.stderr)
    serve_demo(accounts, env, Console())


@app.command("status")
def status_command(
    account: AccountName, as_json: Annotated[bool, typer.Option("--json")] = False
) -> None:
    """Show the account's last job, and whether its sign-off stands."""
    env = environment()
    found = find_account(account)
    with connected(mongo_url(env)) as database:
        job = Jobs(database, found).last()
        signed = signed_state(env, database, found)
    lines = [status_json(account, job, signed)] if as_json else status_lines(account, job, signed)
    for line in lines:
        typer.echo(line)


@app.command("signoff")
def signoff_command(
    account: AccountName,
    by: Annotated[str, typer.Option(help="The person who signs.")],
    note: Annotated[str, typer.Option(help="What the person notes.")] = "",
) -> None:
    """Sign the account's last run, when what was verified is what there is."""
    found, settings = _settings(account)
    if not by.strip():
        raise typer.BadParameter("a sign-off names a person", param_hint="--by")
    job = sign_off(settings, found, by=by.strip(), note=note.strip())
    signed = job["sign_off"]
    typer.echo(f"{account}: signed by {signed['by']} at {signed['at']:%Y-%m-%d %H:%M:%S} UTC")
    typer.echo(f"report.json, SHA-256: {signed['report_sha256']}")


@app.command("explain")
def explain_command(
    account: AccountName,
    audit: Annotated[
        int, typer.Option(min=-(2**63), max=2**63 - 1, help="The audit's id in the CRM.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The same facts as JSON.")] = False,
) -> None:
    """Show one audit's way through every layer: why it is, or is not, in MongoDB."""
    found = explain(find_account(account), audit, environment())
    if as_json:
        typer.echo(page_json(found))
    else:
        print_page(found, page_console())
    found.raise_unless_answered()


@app.command("rollback")
def rollback_command(
    account: AccountName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Delete the account's migrated logs, and nothing else."""
    found = find_account(account)
    env = environment()
    with connected(mongo_url(env)) as database, watching(statsd_address(env)) as watch:
        rollback = Rollback(database, found, user_name(), watch)
        count = rollback.count()
        typer.echo(f"{account}: {count:,} migrated logs")
        if not dry_run:
            check_indexes(database)
            with show_progress(Console(), "rollback", count) as progress:
                removed = rollback.run(progress)
            typer.echo(f"{account}: {removed:,} deleted, 0 left, native logs unchanged")


@app.command("serve")
def serve_command(
    with_worker: Annotated[bool, typer.Option("--worker", help="With a worker beside it.")] = False,
) -> None:
    """Serve the HTTP API and the pages."""
    from loaders.app.serve import serve  # the web framework is not for the other commands

    env = environment()
    configure_logs(sys.stderr)
    serve(AppSettings.from_env(env), env, with_worker=with_worker)


@app.command("worker")
def worker_command(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when no job waits.")
    ] = False,
) -> None:
    """Run queued jobs, and those that a dead worker left, one at a time."""
    env = environment()
    configure_logs(sys.stderr)
    settings = Settings.from_env(env)  # what its children need is missed now, not in a job
    with connected(settings.mongo_url) as database, watching(settings.statsd) as watch:
        Worker(database, read_accounts, env, watch).run(until_idle=until_idle)


@app.command("indexes")
def indexes_command() -> None:
    """Create the indexes that a run rests on, and check them."""
    with connected(mongo_url(environment())) as database:
        for name in ensure_indexes(database):
            typer.echo(name)


@app.command("import-id-map")
def import_id_map_command(
    account: AccountName,
    source: Annotated[Path, typer.Argument(help="CSV file: crm_person_id, customer_id.")],
) -> None:
    """Map CRM persons to contacts that have no source id."""
    found = find_account(account)
    with connected(mongo_url(environment())) as database:
        check_indexes(database)
        imported = import_id_map(database, found, source)
    typer.echo(
        f"{account}: {imported.new_count:,} persons mapped, {imported.known_count:,} were already"
    )


@app.command("purge")
def purge_command(
    account: AccountName,
    force: Annotated[bool, typer.Option("--force", help="Without a sign-off.")] = False,
) -> None:
    """Remove the account's staging, which holds personal data; its reports stay."""
    env = environment()
    found = find_account(account)
    with connected(mongo_url(env)) as database:
        removed = purge(database, found, var_dir(env) / account, force=force)
    typer.echo(f"{account}: removed {', '.join(removed) or 'nothing, there was no staging'}")


def _settings(account: str) -> tuple[Account, Settings]:
    found = find_account(account)
    return found, Settings.from_env(environment())


def main() -> None:
    """Run the command; an error of ours is one line and its exit code."""
    try:
        app()
    except MigrationError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
