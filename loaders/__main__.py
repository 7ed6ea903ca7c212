"""Command line of the loading stage (rules: loading, reconciliation, commands)."""

import sys

import typer

from ingest.shared.errors import MigrationError
from loaders.commands import demo, reviewing, running, tending

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)
for commands in (running, reviewing, tending, demo):
    app.add_typer(commands.app)


def main() -> None:
    """Run the command; an error of ours is one line and its exit code."""
    try:
        app()
    except MigrationError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
