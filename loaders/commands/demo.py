"""Probes and migrates the demo's accounts as a fleet, and sums up (rule: commands).

An account that its probe blocks is migrated all the same, and the demo says so: it shows what an
engineer does who has read why and goes on with FORCE=1.
"""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account
from ingest.shared.settings import environment, mongo_url
from ingest.shared.text import one_line
from loaders.commands.fleets import run_accounts
from loaders.commands.options import option
from loaders.commands.topics import TRY
from loaders.fleet.moving import Order
from loaders.jobs.logs import configure_logs
from loaders.jobs.store import Jobs
from loaders.review.summary import summary_lines

ACCOUNTS = ("demo-small", "demo-medium", "demo-trouble", "demo-other", "demo-gem")

app = typer.Typer()


@app.command("demo", rich_help_panel=TRY)
def demo_command(
    accounts: Annotated[list[str], typer.Argument(help="The accounts.")] = list(ACCOUNTS),  # noqa: B006 - typer's own way
    with_pages: Annotated[
        bool,
        option("--serve", "SERVE", help="Serve the pages; what is migrated already stays."),
    ] = False,
) -> None:
    """Migrate several accounts and sum up."""
    migrate_all(accounts, Order(force=True, again=not with_pages), Console())
    if not with_pages:
        typer.echo("pages: `make demo SERVE=1` opens the timelines and the operations page")
        return
    from loaders.commands.demo_pages import serve_demo  # the web framework is only for this

    configure_logs(sys.stderr)
    serve_demo(accounts, environment(), Console())


def migrate_all(accounts: Sequence[str], order: Order, console: Console) -> None:
    """Run every account from end to end and print what became of their audits.

    Raises:
        FleetError: An account's run failed; the others stand.
    """
    chosen = {name: find_account(name) for name in accounts}
    run_accounts(chosen, order, console)
    with connected(mongo_url(environment())) as database:
        jobs = [Jobs(database, account).last() or {} for account in chosen.values()]
    for line in ("", *(line for job in jobs for line in summary_lines(job["account"], job))):
        console.print(one_line(line), soft_wrap=True, highlight=False, markup=False)
