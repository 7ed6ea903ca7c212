"""Command line of the ingest stage: ``python -m ingest extract|probe|parse``."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.settings import SourceSettings
from ingest.shared.dates import read_start
from ingest.shared.errors import MigrationError, system_line
from ingest.shared.processes import private_files
from ingest.shared.retry import PASSING_EXIT_CODE, STAGE_OF_A_RUN
from ingest.shared.seeds import find_account, read_mapped_types
from ingest.shared.settings import environment

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)


@app.command("extract")
def extract_command(
    account: Annotated[str, typer.Option(help="Slug of the account, as in accounts.csv.")],
    date_range_start: Annotated[
        str | None, typer.Option(help="ISO-8601 start of the scope; the first audit if absent.")
    ] = None,
) -> None:
    """Copy an account's audits, users, contacts and SSO users into its warehouse."""
    from ingest.extract import extract  # dlt takes a second to import: not for --help

    found = find_account(account)
    start = read_start(date_range_start) if date_range_start else None
    settings = SourceSettings.from_env(environment())
    finished = extract(
        settings, found, read_mapped_types(), date_range_start=start, console=Console()
    )
    checked = finished.checked
    typer.echo(
        f"{account}: {finished.staged_count:,} audits staged, {finished.new_count:,} of them new; "
        f"staging equals the source ({checked.late_count:,} late, {checked.changed_count:,} "
        f"changed, {checked.gone_count:,} gone: mended)"
    )


@app.command("probe")
def probe_command(
    account: Annotated[str, typer.Option(help="Slug of the account, as in accounts.csv.")],
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Let an account without audits pass.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show the gates that pass, too.")
    ] = False,
) -> None:
    """Ask every gate that an account passes before it is migrated."""
    from ingest.probe.command import probe_account

    found = find_account(account)
    settings = SourceSettings.from_env(environment())
    probe_account(settings, found, allow_empty=allow_empty, console=Console(), is_whole=verbose)


@app.command("parse")
def parse_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help='Lines {"id", "audited_changes"}.')],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Where the parsed lines go.")],
) -> None:
    """Parse the changes of doubtful rows exactly as the extract does; needs no database."""
    from ingest.parse import parse_file

    counts = parse_file(source, target)
    shares = ", ".join(f"{count:,} by {parser}" for parser, count in counts.most_common())
    typer.echo(f"{target}: {counts.total():,} rows read ({shares or 'the file is empty'})")


def main() -> None:
    """Run the command; an error of ours is one line and its exit code."""
    private_files()
    try:
        app()
    except MigrationError as error:
        typer.echo(f"error: {error}", err=True)
        is_retried = error.is_passing and STAGE_OF_A_RUN in os.environ
        sys.exit(PASSING_EXIT_CODE if is_retried else error.exit_code)
    except OSError as error:
        typer.echo(f"error: {system_line(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
