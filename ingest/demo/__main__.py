"""Runs a command on the demo's servers where the account is a demo's and a URL is missing.

`python -m ingest.demo --account demo-small -- CMD …`; with every URL set, or another account,
the command runs as it is.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from dotenv import load_dotenv

from ingest.demo.errors import DemoError
from ingest.demo.seeding import add, company_ids, seed
from ingest.demo.servers import running_servers

URLS = ("CRM_AUDIT_DATABASE_URL", "CDP_MONGO_URL", "USMAN_URL")
DEMO_PREFIX = "demo-"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
additions = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(context_settings={"ignore_unknown_options": True})
def run(
    command: Annotated[list[str], typer.Argument(help="The command, after `--`.")],
    account: Annotated[str, typer.Option(help="The account that the command is for.")] = "",
    all_accounts: Annotated[bool, typer.Option("--all", help="For every demo account.")] = False,
) -> None:
    """Run a command, with servers where it needs them; end with its exit code."""
    load_dotenv()
    is_demo = all_accounts or (account.startswith(DEMO_PREFIX) and account in company_ids())
    if not is_demo or all(os.environ.get(name) for name in URLS):
        os.execvp(command[0], command)  # noqa: S606 - the command is the user's own
    folder = demo_folder()
    with running_servers(folder) as variables:
        seed(variables, folder / "usman.json")
        sys.exit(run_child(command, {**variables, **given(variables)}))


@additions.command()
def add_audits(
    account: Annotated[str, typer.Option(help="The simulated account.")],
    rows: Annotated[int, typer.Option(help="How many audits.")] = 50,
    seed_number: Annotated[int, typer.Option("--seed", help="Another seed, other audits.")] = 1,
) -> None:
    """Append new audits of a simulated account, on the servers that are running."""
    variables = {"CRM_DEMO_ADMIN_URL": os.environ["CRM_DEMO_ADMIN_URL"]}
    typer.echo(f"{account}: {add(variables, account, rows, seed_number)} audits added")


def run_child(command: list[str], variables: dict[str, str]) -> int:
    """Run the command; a Ctrl-C reaches it too, and it decides how it ends."""
    with subprocess.Popen(command, env={**os.environ, **variables}) as child:  # noqa: S603
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


def given(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables that the user has set: they win over the demo's."""
    return {name: os.environ[name] for name in variables if os.environ.get(name)}


def demo_folder() -> Path:
    """Return where the demo's servers keep their data."""
    return (Path(os.environ.get("VAR_DIR", "var")) / "demo").resolve()


def main() -> None:
    """Run the command line; an error is one line."""
    try:
        if sys.argv[1:2] == ["add"]:
            additions(sys.argv[2:])
        else:
            app()
    except DemoError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
