"""The one command line, ``crm-migrate``; make targets only call it (rule: commands).

Make hands its variables on in the environment, as they were typed: nothing of them is ever part
of a command. A variable that the command does not know is refused by name.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import typer
from dotenv import dotenv_values
from typer._click.exceptions import ClickException, MissingParameter  # typer hands out no base

from ingest.shared.errors import MigrationError, system_line
from ingest.shared.processes import private_files
from ingest.shared.seeds import find_account
from ingest.shared.settings import ROOT
from loaders.commands import demo, fleets, questions, reviewing, running, sources, tending
from loaders.errors import UnknownVariableError

USAGE, INTERRUPTED = 2, 130
ALONE = {"transform", "report-diff", "parse", "docs", "demo-session", "sql"}  # ask no server
UNMIXED = ["--all", "--unmixed"]
FOR_ALL = {"serve": UNMIXED, "worker": UNMIXED, "fleet": UNMIXED, "demo": ["--all"]}
FOR_ANY = "demo-small"  # whose servers a command without an account asks
ON_SERVERS = "CRM_MIGRATE_ON_SERVERS"  # set once the servers were seen to
GIVEN, TARGET = "MAKE_GIVEN", "MAKE_TARGET"
SILENT = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
OF_EVERY_TARGET = {"VAR_DIR", "PYTHON"}

HELP = "Moves a CRM's audit history into a CDP's activity logs, account by account, with proof."

app = typer.Typer(
    name="crm-migrate", no_args_is_help=True, pretty_exceptions_enable=False, help=HELP
)
for commands in (sources, running, fleets, reviewing, questions, tending, demo):
    app.add_typer(commands.app)


def main() -> None:
    """Run `crm-migrate`, or one of its make targets."""
    for name, value in SILENT.items():
        os.environ.setdefault(name, value)
    _end_as(lambda: _enter(sys.argv[1:]))


def main_of_child() -> None:
    """Run a command of a child process: it is told all on its command line, nothing by make."""
    for command in _commands().values():
        _forget(command)
    _end_as(lambda: app(standalone_mode=False))


def _end_as(run: Any) -> None:
    """Run a command; an error of ours, and a wrong usage, is one line and its exit code."""
    private_files()
    try:
        sys.exit(run())
    except MigrationError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        typer.echo(f"error: {system_line(error)}", err=True)
        sys.exit(1)
    except ClickException as error:
        typer.echo(_usage_line(error), err=True)
        sys.exit(USAGE)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)


def _enter(arguments: Sequence[str]) -> Any:
    """Check what was typed before anything is started, then run it where its servers are."""
    name = arguments[0] if arguments else ""
    command = _commands().get(name)
    if command is None:
        return app(list(arguments), prog_name="crm-migrate", standalone_mode=False)
    _refuse_unknown(os.environ.get(GIVEN, "").split(), command)
    with command.make_context(f"crm-migrate {name}", list(arguments[1:])) as context:
        account = context.params.get("account")
        if account is not None:
            find_account(account)
        if name not in ALONE and not os.environ.get(ON_SERVERS):
            _go_to_servers(name, account, arguments)
        _forget(command)
        return command.invoke(context)


def _go_to_servers(name: str, account: str | None, arguments: Sequence[str]) -> None:
    """Go on as the command that starts a demo account's servers, where they are wanted."""
    os.environ[ON_SERVERS] = "1"
    where = FOR_ALL.get(name, ["--account", account or FOR_ANY])
    again = [sys.executable, "-m", "loaders.commands", *arguments]
    demo_command = [sys.executable, "-m", "ingest.demo", *where, "--", *again]
    os.execv(sys.executable, demo_command)  # noqa: S606 - ours # nosec B606


def _refuse_unknown(given: Sequence[str], command: Any) -> None:
    """Refuse a make variable that the command does not know.

    Raises:
        UnknownVariableError: It would have been passed over.
    """
    known = {*_variables(command), *OF_EVERY_TARGET, *dotenv_values(ROOT / ".env.example")}
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.7)
            raise UnknownVariableError(os.environ.get(TARGET, ""), name, *near)


def _commands() -> Mapping[str, Any]:
    commands: Mapping[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return commands


def _variables(command: Any) -> Iterator[str]:
    return (parameter.envvar for parameter in command.params if parameter.envvar)


def _forget(command: Any) -> None:
    """What one command is told is not for the processes that it starts."""
    for name in _variables(command):
        os.environ.pop(name, None)


def _usage_line(error: ClickException) -> str:
    """Say in one line what was typed wrongly, and how it is typed rightly."""
    context = getattr(error, "ctx", None)
    target = os.environ.get(TARGET)
    parameter = getattr(error, "param", None)
    if isinstance(error, MissingParameter) and target and parameter is not None:
        name = parameter.envvar
        return f"error: {name} is missing: make {target} {name}=…"
    message = " ".join(error.format_message().split())
    if target and parameter is not None and parameter.envvar:
        message = f"{parameter.envvar}: {message}"
    return f"error: {message} (see `{context.command_path if context else 'crm-migrate'} --help`)"
