"""Commands of the ingest stage and of the demo's sources; this process becomes theirs."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from loaders.commands.options import AccountName, DateRangeStart, Verbose, option
from loaders.commands.topics import LOOK, RUN, SERVE, TRY

app = typer.Typer()


@app.command("probe", rich_help_panel=RUN)
def probe_command(
    account: AccountName,
    allow_empty: Annotated[
        bool, option("--allow-empty", "ALLOW_EMPTY", help="Let an account without audits pass.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Ask every gate before a migration."""
    wishes = {"--allow-empty": allow_empty, "--verbose": verbose}
    options = [name for name, is_wished in wishes.items() if is_wished]
    _run("ingest", "probe", "--account", account, *options)


@app.command("ingest", rich_help_panel=RUN)
def ingest_command(
    account: AccountName,
    date_range_start: DateRangeStart = None,
) -> None:
    """Copy the account's sources into its staging file."""
    start = [f"--date-range-start={date_range_start}"] if date_range_start else []
    _run("ingest", "extract", "--account", account, *start)


@app.command("parse", rich_help_panel=LOOK)
def parse_command(
    source: Annotated[Path, option("--in", "IN", help='Lines {"id", "audited_changes"}.')],
    target: Annotated[Path, option("--out", "OUT", help="Where the parsed lines go.")],
) -> None:
    """Read doubtful rows as the extract does; needs no database."""
    _run("ingest", "parse", "--", str(source), str(target))


@app.command("demo-audits", rich_help_panel=TRY)
def demo_audits_command(
    account: AccountName,
    rows: Annotated[int, option("--rows", "ROWS", min=1, help="How many audits.")] = 50,
    seed: Annotated[int, option("--seed", "SEED", help="Another seed, other audits.")] = 1,
) -> None:
    """Let a simulated CRM write new audits."""
    _run("ingest.demo", "add", "--account", account, "--rows", str(rows), "--seed", str(seed))


@app.command("demo-session", rich_help_panel=SERVE)
def demo_session_command(account: AccountName) -> None:
    """Print a session token of a demo account, as the gateway would sign it."""
    _run("ingest.demo", "session", "--account", account)


def _run(module: str, *arguments: str) -> None:
    """Go on as a module's own command line."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - ours # nosec B606
