"""Probes and migrates the demo's accounts as a fleet, and sums up (rule: commands).

An account that its probe blocks is migrated all the same, and the demo says so: it shows what an
engineer does who has read why and goes on with FORCE=1.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account
from ingest.shared.settings import environment, mongo_url
from ingest.shared.text import one_line
from loaders.commands.fleet import run_accounts
from loaders.commands.options import option
from loaders.commands.topics import TRY
from loaders.fleet.moving import Order
from loaders.jobs.logs import configure_logs
from loaders.jobs.store import Jobs

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
    for line in ("", *(line for job in jobs for line in summary(job))):
        console.print(one_line(line), soft_wrap=True, highlight=False, markup=False)


def summary(job: dict[str, Any]) -> Iterator[str]:
    """Yield what became of an account's audits: the sum, each reason, where the report is."""
    counts = job["counts"]
    stored = counts["migrated"] + counts["already_present"]
    yield (
        f"{job['account']}: {job['status']}, accuracy {job['accuracy_pct']:.2f} %, "
        f"fidelity {job['fidelity_pct']:.2f} %"
    )
    yield (
        f"  source {counts['source']:,} = migrated {stored:,} "
        f"+ skipped {counts['skipped']:,} + failed {counts['failed']:,}"
    )
    for outcome, reasons in sorted(reasons_of(job).items()):
        yield f"  {outcome}: {', '.join(reasons)}"
    for forced in (event for event in job["events"] if event["what"] == "force"):
        yield f"  forced by {forced['who']}: {forced['detail']}; without FORCE=1 it is refused"
    yield f"  report: {job['report']}"


def reasons_of(job: dict[str, Any]) -> dict[str, list[str]]:
    """Return each outcome's reasons with their counts, as the run's report has them."""
    report = json.loads(Path(job["report"]).with_name("report.json").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for outcome, reason, count in _counted(report):
        found.setdefault(outcome, []).append(f"{reason} {count:,}")
    return found


def _counted(report: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    for row in report["reasons"]:
        yield row["outcome"], row["reason"], row["audit_count"]
    for row in report["load_failures"]:
        yield "failed", row["reason"], row["audit_count"]
