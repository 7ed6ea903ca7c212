"""The command that moves many accounts at once (rule: fleet)."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.mongo import connected
from ingest.shared.seeds import Account, find_account, read_accounts
from ingest.shared.settings import environment, mongo_url, var_dir
from loaders.commands.options import DryRun, Resume, option
from loaders.commands.topics import RUN
from loaders.errors import FleetError, NothingToDoError
from loaders.fleet.moving import Order
from loaders.fleet.telling import Teller, table
from loaders.review.overview import write_overview

app = typer.Typer()


@app.command("fleet", rich_help_panel=RUN)
def fleet_command(
    accounts: Annotated[
        str, option("--accounts", "ACCOUNTS", help="Slugs, or `enabled` for all that may run.")
    ] = "enabled",
    workers: Annotated[
        int | None, option("--workers", "WORKERS", min=1, help="Processes; one a core if absent.")
    ] = None,
    scheduler: Annotated[
        str | None, option("--scheduler", "SCHEDULER", help="Another Dask cluster's address.")
    ] = None,
    again: Annotated[
        bool, option("--again", "AGAIN", help="Those too whose last run completed.")
    ] = False,
    force: Annotated[
        bool, option("--force", "FORCE", help="Go on against gates; recorded in the job.")
    ] = False,
    resume: Resume = False,
    dry_run: DryRun = False,
) -> None:
    """Probe and migrate many accounts at once, on a Dask cluster; a failed one stops no other."""
    order = Order(dry_run=dry_run, again=again, force=force, resume=resume)
    run_accounts(_chosen(accounts), order, Console(), workers=workers, scheduler=scheduler)


def run_accounts(
    accounts: Mapping[str, Account],
    order: Order,
    console: Console,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> None:
    """Run accounts on a cluster, and tell how each ended.

    Raises:
        FleetError: Some did not end well; the others did.
        SchedulerError: No cluster is where one was said to be.
    """
    from loaders.fleet.cluster import opened_cluster  # Dask is not for the other commands
    from loaders.fleet.fleet import run_fleet, worst

    env = environment()
    ended = []
    with connected(mongo_url(env)) as database:
        teller = Teller(console, database, accounts)
        with opened_cluster(scheduler, workers, len(accounts), var_dir(env)) as client:
            for moved in run_fleet(client, list(accounts), order, teller.look):
                ended.append(moved)
                teller.end(moved)
        console.print(table(ended))
        typer.echo(f"overview: {write_overview(database, var_dir(env))}")
    if failed := [each.account for each in ended if each.exit_code]:
        raise FleetError(failed, worst(ended))


def _chosen(text: str) -> dict[str, Account]:
    """Return the accounts that were named, each once."""
    if text.strip() == "enabled":
        chosen = {slug: each for slug, each in read_accounts().items() if each.migration_enabled}
    else:
        chosen = {slug: find_account(slug) for slug in text.replace(",", " ").split()}
    if not chosen:
        raise NothingToDoError("no account is named, or none of accounts.csv is enabled")
    return chosen
