"""Probes and migrates several accounts one after the other, and sums up (rule: commands).

An account that its probe blocks is migrated all the same, and the demo says so: it shows what an
engineer does who has read why and goes on with FORCE=1.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.processes import run_child
from ingest.shared.seeds import find_account
from ingest.shared.settings import Settings, environment
from ingest.shared.text import one_line
from loaders.commands.options import option
from loaders.commands.topics import TRY
from loaders.errors import StageFailedError
from loaders.jobs.errors import GatesNotPassedError
from loaders.jobs.logs import configure_logs
from loaders.migrate import Wish, migrate
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
    for line in ("", *(line for job in jobs for line in summary_lines(job["account"], job))):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def is_blocked(account: str, env: Mapping[str, str], console: Console) -> bool:
    """Probe an account; say whether a gate blocks it.

    Raises:
        StageFailedError: The probe could not be made.
    """
    arguments = [sys.executable, "-m", "ingest", "probe", "--account", account]
    problem = run_child("probe", arguments, env)
    if problem is None:
        return False
    if problem.exit_code != GatesNotPassedError.exit_code:
        raise StageFailedError("probe", problem.exit_code, problem.message)
    blocked = f"blocked: {one_line(problem.message)}"
    console.print(blocked, soft_wrap=True, highlight=False, markup=False)
    console.print(
        f"`make migrate ACCOUNT={account}` would refuse; the demo goes on with FORCE=1, "
        "which the job records",
        soft_wrap=True,
        highlight=False,
    )
    return True
