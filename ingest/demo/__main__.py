"""Runs a command on the demo's servers where the account is a demo's and a URL is missing.

`python -m ingest.demo --account demo-small -- CMD …`; with every URL set, or another account,
the command runs as it is.
"""

import os
import signal
import subprocess  # our own programs, without a shell # nosec B404
import sys
from pathlib import Path
from typing import Annotated

import typer
from dotenv import load_dotenv

from ingest.demo.crm.seeding import add, seed
from ingest.demo.errors import DemoError, ServerStartError
from ingest.demo.gateway import app_variables, session
from ingest.demo.servers import programs
from ingest.demo.servers.running import running_servers
from ingest.shared.seeds import read_accounts

URLS = ("CRM_AUDIT_DATABASE_URL", "CDP_MONGO_URL", "USMAN_URL")
DEMO_PREFIX = "demo-"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
additions = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
sessions = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
OTHER_COMMANDS = {"add": additions, "session": sessions}


@app.command(context_settings={"ignore_unknown_options": True})
def run(
    command: Annotated[list[str], typer.Argument(help="The command, after `--`.")],
    account: Annotated[str, typer.Option(help="The account that the command is for.")] = "",
    all_accounts: Annotated[bool, typer.Option("--all", help="For every demo account.")] = False,
    unmixed: Annotated[
        bool, typer.Option("--unmixed", help="Only where no URL at all is set.")
    ] = False,
) -> None:
    """Run a command, with servers where it needs them; end with its exit code."""
    load_dotenv()
    is_demo = all_accounts or (account.startswith(DEMO_PREFIX) and account in read_accounts())
    given_urls = [name for name in URLS if os.environ.get(name)]
    if not is_demo or len(given_urls) == len(URLS) or (unmixed and given_urls):
        os.execvp(command[0], command)  # noqa: S606 - the command is the user's own # nosec B606
    folder = demo_folder()
    with running_servers(folder) as variables:
        seed(variables, folder / "usman.json")
        variables |= app_variables(folder)
        sys.exit(run_child(command, {**variables, **given(variables)}))


@additions.command()
def add_audits(
    account: Annotated[str, typer.Option(help="The simulated account.")],
    rows: Annotated[int, typer.Option(help="How many audits.")] = 50,
    seed_number: Annotated[int, typer.Option("--seed", help="Another seed, other audits.")] = 1,
) -> None:
    """Append new audits of a simulated account, on the servers that are running."""
    if not os.environ.get("CRM_DEMO_ADMIN_URL"):
        raise ServerStartError(
            "the demo's servers are not running for this command; use "
            f"`make demo-audits ACCOUNT={account}`"
        )
    count = add(dict(os.environ), account, rows, seed_number)
    typer.echo(f"{account}: {count:,} audits added")


@sessions.command()
def sign_session(
    account: Annotated[str, typer.Option(help="Whose contacts the session may see.")],
) -> None:
    """Print a session token of a demo account, as the gateway would sign it."""
    typer.echo(session(demo_folder(), account))


def run_child(command: list[str], variables: dict[str, str]) -> int:
    """Run the command; signals reach it, and it decides how it ends.

    It does not outlive this process, whose lock keeps its servers alive. A terminal sends Ctrl-C
    to both by itself. A command that a signal ended has a shell's code: 128 and the number.
    """
    children: list[subprocess.Popen[bytes]] = []

    def forward(number: int, _frame: object) -> None:
        for child in children:
            if number != signal.SIGINT or not sys.stdin.isatty():
                child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, forward)
    with subprocess.Popen(  # noqa: S603 - the command is the user's own # nosec B603
        command, env={**os.environ, **variables}, preexec_fn=programs.end_with_parent
    ) as child:
        children.append(child)
        code = child.wait()
    return 128 - code if code < 0 else code


def given(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables that the user has set: they win over the demo's."""
    return {name: os.environ[name] for name in variables if os.environ.get(name)}


def demo_folder() -> Path:
    """Return where the demo's servers keep their data."""
    return (Path(os.environ.get("VAR_DIR", "var")) / "demo").resolve()


def main() -> None:
    """Run the command line; an error is one line."""
    try:
        if len(sys.argv) > 1 and sys.argv[1] in OTHER_COMMANDS:
            OTHER_COMMANDS[sys.argv[1]](sys.argv[2:])
        else:
            app()
    except DemoError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
