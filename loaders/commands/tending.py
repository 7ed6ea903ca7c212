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
from ingest.shared.text import one_line
from loaders.commands.options import (
    AccountName,
    DryRun,
    Yes,
    account_and_settings,
    confirm,
    option,
)
from loaders.commands.topics import TEND, UNDO
from loaders.jobs.heartbeat import user_name
from loaders.jobs.metrics import watching
from loaders.jobs.store import Jobs
from loaders.load.rollback import Rollback
from loaders.load.selection import Selection
from loaders.preview import compared_today
from loaders.transform.lake.settings import CATALOG_URL
from loaders.upkeep.forgetting import Forgetting
from loaders.upkeep.id_map import import_id_map
from loaders.upkeep.indexes import ensure_indexes
from loaders.upkeep.purge import purge
from loaders.upkeep.remains import remains
from loaders.verify.selecting import Only, select_only

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
    only: Annotated[
        Only | None, option("--only", "ONLY", help="Not all: those that a run would write anew.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Delete the account's migrated logs, or some of them, and nothing else."""
    found = find_account(account)
    env = environment()
    selection, lost_words = _selected(account, only) if only else (None, "")
    with connected(mongo_url(env)) as database, watching(statsd_address(env)) as watch:
        rollback = Rollback(database, found, user_name(), watch, selection)
        count = rollback.count()
        what = f"{count:,} migrated logs" + (f" ({only})" if only else "")
        typer.echo(f"{account}: {what}, {lost_words or rollback.lost_words()}")
        if not dry_run:
            if count:
                confirm(account, what, is_sure=yes)
            check_indexes(database)
            with show_progress(Console(), "rollback", count) as progress:
                removed = rollback.run(progress)
            typer.echo(f"{account}: {removed:,} deleted, 0 left, native logs unchanged")


def _selected(account: str, only: Only) -> tuple[Selection, str]:
    """Reconcile anew: what goes is what differs from the sources and the rules of today."""
    found, settings = account_and_settings(account)
    with connected(settings.mongo_url) as database:
        start = (Jobs(database, found).last() or {}).get("date_range_start")
    with compared_today(settings, found, environment(), start, Console()) as today:
        selection, lost_count = select_only(today.warehouse, only)
    return selection, f"{lost_count:,} of which no run can write again"


@app.command("forget", rich_help_panel=UNDO)
def forget_command(
    account: AccountName,
    contact: Annotated[
        str, option("--contact", "CONTACT", help="The contact's id in the CDP (customer_id).")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Delete a contact's migrated logs for good: no run brings one back."""
    found = find_account(account)
    env = environment()
    with connected(mongo_url(env)) as database, watching(statsd_address(env)) as watch:
        forgetting = Forgetting(database, found, contact, user_name(), watch)
        count = forgetting.count()
        what = f"{count:,} migrated logs of contact {contact}"
        typer.echo(f"{account}: {what}")
        if not dry_run:
            confirm(account, what, is_sure=yes)
            check_indexes(database)
            with show_progress(Console(), "forget", count) as progress:
                removed = forgetting.run(progress)
            typer.echo(f"{account}: {removed:,} deleted, 0 left, all other logs unchanged")


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
    """Remove the account's staging and its part of the lake, and list what is left of it."""
    env = environment()
    found = find_account(account)
    confirm(account, "its staging file, and its part of the lake,", is_sure=yes)
    with connected(mongo_url(env)) as database:
        removed = purge(database, found, env, force=force)
        left = list(remains(database, found, var_dir(env) / account))
    typer.echo(f"{account}: removed {', '.join(removed) or 'nothing, there was no staging'}")
    if not env.get(CATALOG_URL):
        typer.echo(f"the lake was not asked: {CATALOG_URL} is not set")
    for line in left:
        typer.echo(f"left: {one_line(line)}")
