"""Probes and migrates several accounts one after the other, and sums up (rule: commands).

An account that its probe blocks is migrated all the same, and the demo says so: it shows what an
engineer does who has read why and goes on with FORCE=1.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ingest.shared.seeds import find_account
from ingest.shared.settings import Settings, environment
from ingest.shared.text import one_line
from loaders.commands.options import option
from loaders.commands.topics import TRY
from loaders.jobs.logs import configure_logs
from loaders.migrate import Wish, migrate, probe

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


def migrate_all(accounts: Sequence[str], console: Console) -> None:
    """Run every account from end to end and print what became of their audits.

    Raises:
        MigrationError: An account's probe or run failed; the accounts before it stand.
    """
    jobs = []
    for name in accounts:
        env = environment()
        account = find_account(name)
        title = f"== {name}: {one_line(account.display_name)}"
        console.print(title, highlight=False, markup=False)
        wish = Wish(force=is_blocked(name, env, console))
        jobs.append(migrate(Settings.from_env(env), account, env, wish, console))
    for line in ("", *(line for job in jobs for line in summary(job))):
        console.print(one_line(line), soft_wrap=True, highlight=False, markup=False)


def is_blocked(account: str, env: Mapping[str, str], console: Console) -> bool:
    """Probe an account; say whether a gate blocks it.

    Raises:
        StageFailedError: The probe could not be made.
    """
    problem = probe(find_account(account), env)
    if problem is None:
        return False
    blocked = f"blocked: {one_line(problem.message)}"
    console.print(blocked, soft_wrap=True, highlight=False, markup=False)
    console.print(
        f"`make migrate ACCOUNT={account}` would refuse; the demo goes on with FORCE=1, "
        "which the job records",
        soft_wrap=True,
        highlight=False,
    )
    return True


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
        yield f"  forced by {forced['who']}: {forced['detail']}"
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
