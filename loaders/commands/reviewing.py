"""Commands that show, compare and sign what was migrated."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import connected, translated
from ingest.shared.seeds import find_account, read_accounts
from ingest.shared.settings import environment, mongo_url, var_dir
from ingest.shared.text import one_line, without_controls
from loaders.commands.options import AccountName, AsJson, Verbose, account_and_settings, option
from loaders.commands.topics import DECIDE, RUN
from loaders.errors import NothingToDoError
from loaders.jobs.account_files import runs_folder
from loaders.jobs.failed_audits import FailedAudits
from loaders.jobs.gates import last_probe
from loaders.jobs.queries import find_last_of_each
from loaders.jobs.store import Jobs
from loaders.review.failed_records import failure_lines, failures_json, write_failures
from loaders.review.history import MOST_RUNS, history_lines, runs_of
from loaders.review.overview import write_overview
from loaders.review.report import Subject, write_report
from loaders.review.run_diff import change_lines, changes, find_run, kept_runs
from loaders.review.runs_page import write_runs_page
from loaders.review.status import signed_state, status_json, status_lines
from loaders.review.summary import OF_A_LINE, account_lines, accounts_json
from loaders.transform.provenance import report_hashes
from loaders.transform.warehouse import Warehouse
from loaders.verify.reconcile import reconcile_again
from loaders.verify.rederive.checking import DEFAULT_SIZE
from loaders.verify.signoff.signing import sign_off

app = typer.Typer()


@app.command("reconcile", rich_help_panel=RUN)
def reconcile_command(
    account: AccountName,
    sample: Annotated[
        int,
        option("--sample", "SAMPLE", min=1, help="So many audits are derived a second time."),
    ] = DEFAULT_SIZE,
) -> None:
    """Read MongoDB back, compare it with the mart, close the sum, and derive a sample anew."""
    found, settings = account_and_settings(account)
    verdict = reconcile_again(settings, found, sample, Console())
    figures = ", ".join(f"{name} {value}" for name, value in verdict.figures.items())
    typer.echo(f"{account}: {figures}")
    verdict.raise_unless_good()


@app.command("report", rich_help_panel=RUN)
def report_command(account: AccountName) -> None:
    """Write the reconciliation report."""
    found, settings = account_and_settings(account)
    with connected(settings.mongo_url) as database:
        job = Jobs(database, found).last()
        gates = last_probe(database, found)
        if job is None:
            raise NothingToDoError(f"account {account} has no job to report; run `make migrate`")
        with Warehouse.opened(settings.var_dir / account, found.company_sso_id) as warehouse:
            path = write_report(warehouse, Subject(settings, found, job, gates))
        hashes = report_hashes(path)
        Jobs(database, found).set_status(job["job_id"], [job["status"]], report_hashes=hashes)
        write_runs_page(database, found, settings.var_dir)
    typer.echo(f"report: {path}")


@app.command("report-diff", rich_help_panel=DECIDE)
def report_diff_command(
    account: AccountName,
    a: Annotated[
        str, option("--a", "A", help="A run: job id, its beginning, last or previous.")
    ] = "previous",
    b: Annotated[str, option("--b", "B", help="The other run.")] = "last",
    as_json: AsJson = False,
) -> None:
    """Show what changed between the reports of two runs."""
    runs = kept_runs(runs_folder(var_dir(environment()), find_account(account)))
    before, after = find_run(runs, a), find_run(runs, b)
    if as_json:
        typer.echo(json.dumps([asdict(change) for change in changes(before, after)]))
        return
    for line in change_lines(before, after):
        typer.echo(line)


@app.command("overview", rich_help_panel=DECIDE)
def overview_command() -> None:
    """Write one page about all accounts: gates, last run, figures, sign-off."""
    env = environment()
    with connected(mongo_url(env)) as database:
        typer.echo(f"overview: {write_overview(database, var_dir(env))}")


@app.command("status", rich_help_panel=DECIDE)
def status_command(
    account: Annotated[
        str | None, option("--account", "ACCOUNT", help="The account; all of them if absent.")
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show the account's last job, and whether its sign-off stands; of all accounts, a line each."""
    if account is None:
        accounts_command(as_json=as_json)
        return
    env = environment()
    found = find_account(account)
    with connected(mongo_url(env)) as database:
        job = Jobs(database, found).last()
        signed, in_the_way = signed_state(env, database, found)
    told = (account, job, signed, in_the_way)
    lines = [status_json(*told)] if as_json else status_lines(*told, is_whole=verbose)
    for line in lines:
        typer.echo(line)


@app.command("accounts", rich_help_panel=DECIDE)
def accounts_command(as_json: AsJson = False) -> None:
    """List the accounts of the seed, each with the state of its last run."""
    accounts = list(read_accounts().values())
    query = {"company_sso_id": {"$in": [each.company_sso_id for each in accounts]}}
    with connected(mongo_url(environment())) as database, translated():
        jobs = find_last_of_each(database[JOBS], query, OF_A_LINE)
    lines = accounts_json(accounts, jobs) if as_json else account_lines(accounts, jobs)
    for line in lines:
        typer.echo(line)


@app.command("history", rich_help_panel=DECIDE)
def history_command(account: AccountName) -> None:
    """List the account's runs, a line each, the last one first."""
    found = find_account(account)
    with connected(mongo_url(environment())) as database, translated():
        runs = runs_of(Jobs(database, found).newest(MOST_RUNS))
    for line in history_lines(account, runs):
        typer.echo(line)


@app.command("failures", rich_help_panel=DECIDE)
def failures_command(
    account: AccountName,
    csv_path: Annotated[
        Path | None, option("--csv", "CSV", help="Write them to this file, with what to do.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the audits that failed and were not migrated since."""
    found = find_account(account)
    with connected(mongo_url(environment())) as database, translated():
        queue = FailedAudits(database, found.company_sso_id)
        if csv_path:
            count = write_failures(queue, csv_path)
            typer.echo(f"{account}: {count:,} failed audits in {csv_path}")
            return
        for line in failures_json(queue) if as_json else failure_lines(account, queue):
            typer.echo(line)


@app.command("signoff", rich_help_panel=DECIDE)
def signoff_command(
    account: AccountName,
    by: Annotated[str, option("--by", "BY", help="The person who signs.")],
    note: Annotated[str, option("--note", "NOTE", help="What the person notes.")] = "",
    accept_drift: Annotated[
        bool,
        option(
            "--accept-drift", "ACCEPT_DRIFT", help="Drift by mapping or rules is known, and stays."
        ),
    ] = False,
    job_id: Annotated[
        str | None, typer.Option("--job", help="Sign this run, and no later one.")
    ] = None,
) -> None:
    """Sign the account's last run, when what was verified is what there is."""
    found, settings = account_and_settings(account)
    if not without_controls(by).strip():
        raise typer.BadParameter("a sign-off names a person", param_hint="--by")
    job = sign_off(
        settings,
        found,
        by=without_controls(by).strip(),
        note=without_controls(note).strip(),
        accept_drift=accept_drift,
        job_id=job_id,
    )
    with connected(settings.mongo_url) as database:
        write_runs_page(database, found, settings.var_dir)
    signed = job["sign_off"]
    typer.echo(
        f"{account}: signed by {one_line(signed['by'])} at {signed['at']:%Y-%m-%d %H:%M:%S} UTC"
    )
    typer.echo(f"report.json, SHA-256: {signed['report_sha256']}")
