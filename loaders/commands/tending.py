"""Commands that tend the CDP and the staging: indexes, id map, rollback, purge."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.indexes import check_indexes
from ingest.shared.mongo import connected, translated
from ingest.shared.progress import show_progress
from ingest.shared.seeds import find_account
from ingest.shared.settings import environment, mongo_url, statsd_address, var_dir
from loaders.commands.options import AccountName, DryRun, Yes, confirm, option
from loaders.commands.topics import TEND, UNDO
from loaders.jobs.heartbeat import user_name
from loaders.jobs.metrics import watching
from loaders.jobs.store import Jobs
from loaders.load.rollback import Rollback
from loaders.upkeep.id_map import import_id_map
from loaders.upkeep.indexes import ensure_indexes
from loaders.upkeep.purge import purge

app = typer.Typer()


@app.command("indexes", rich_help_panel=TEND)
def indexes_command() -> None:
    """Create the indexes that a run rests on, and check them."""
    with connected(mongo_url(environment())) as database:
        for name in ensure_indexes(database):
            typer.echo(name)


@app.command("import-id-map", rich_help_panel=TEND)
def import_id_map_command(
    account: AccountName,
    source: Annotated[
        Path,
        typer.Argument(
            envvar="IN", show_envvar=False, help="CSV file: crm_person_id, customer_id."
        ),
    ],
) -> None:
    """Map CRM persons to contacts that have no source id."""
    found = find_account(account)
    with connected(mongo_url(environment())) as database:
        check_indexes(database)
        imported = import_id_map(database, found, source)
    typer.echo(
        f"{account}: {imported.new_count:,} persons mapped, {imported.known_count:,} were already"
    )


@app.command("rollback", rich_help_panel=UNDO)
def rollback_command(
    account: AccountName,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Delete the account's migrated logs, and nothing else."""
    found = find_account(account)
    env = environment()
    with connected(mongo_url(env)) as database, watching(statsd_address(env)) as watch:
        rollback = Rollback(database, found, user_name(), watch)
        count = rollback.count()
        typer.echo(f"{account}: {count:,} migrated logs")
        if not dry_run:
            if count:
                confirm(account, f"{count:,} migrated logs", is_sure=yes)
            check_indexes(database)
            with show_progress(Console(), "rollback", count) as progress:
                removed = rollback.run(progress)
            typer.echo(f"{account}: {removed:,} deleted, 0 left, native logs unchanged")


@app.command("cancel", rich_help_panel=UNDO)
def cancel_command(account: AccountName) -> None:
    """End the account's queued run, or stop its running one after its batch."""
    found = find_account(account)
    env = environment()
    with (
        connected(mongo_url(env)) as database,
        watching(statsd_address(env)) as watch,
        translated(),
    ):
        job = Jobs(database, found, watch).cancel(requested_by=user_name())
    is_over = job["status"] == "cancelled"
    told = "is cancelled" if is_over else "is told to stop; it does so after its batch"
    typer.echo(f"{account}: job {job['job_id']} {told}; RESUME=1 goes on with it")


@app.command("purge", rich_help_panel=UNDO)
def purge_command(
    account: AccountName,
    force: Annotated[bool, option("--force", "FORCE", help="Without a sign-off.")] = False,
    yes: Yes = False,
) -> None:
    """Remove the account's staging, which holds personal data; its reports stay."""
    env = environment()
    found = find_account(account)
    confirm(account, "its staging file", is_sure=yes)
    with connected(mongo_url(env)) as database:
        removed = purge(database, found, var_dir(env) / account, force=force)
    typer.echo(f"{account}: removed {', '.join(removed) or 'nothing, there was no staging'}")
