"""What several commands are told, on the command line or, by make, in the environment."""

import sys
from typing import Annotated, Any

import typer

from ingest.shared.dates import read_start
from ingest.shared.seeds import Account, find_account
from ingest.shared.settings import Settings, environment
from loaders.errors import NotConfirmedError


def option(flag: str, variable: str, **more: Any) -> Any:
    """Return an option that make hands on as a variable (rule: commands)."""
    return typer.Option(flag, envvar=variable, show_envvar=False, **more)


AccountName = Annotated[
    str, option("--account", "ACCOUNT", help="Slug of the account, as in accounts.csv.")
]
Verbose = Annotated[bool, option("--verbose", "VERBOSE", help="Tell all of it.")]
AsJson = Annotated[bool, option("--json", "JSON", help="For programs.")]


def checked_start(text: str | None) -> str | None:
    """Refuse what is no date before anything is started; the text travels on.

    Raises:
        InvalidDateError: It is none.
    """
    if text:
        read_start(text)
    return text or None


DateRangeStart = Annotated[
    str | None,
    option(
        "--date-range-start",
        "DATE_RANGE_START",
        callback=checked_start,
        help="ISO 8601 start of the scope; the first audit if absent.",
    ),
]
DryRun = Annotated[bool, option("--dry-run", "DRY_RUN", help="Only count or show.")]
Resume = Annotated[
    bool, option("--resume", "RESUME", help="Go on with a halted, failed or cancelled job.")
]
Yes = Annotated[bool, option("--yes", "YES", help="Delete without being asked.")]


def account_and_settings(account: str) -> tuple[Account, Settings]:
    """Return an account of the seed, and where everything is."""
    found = find_account(account)
    return found, Settings.from_env(environment())


def confirm(account: str, what: str, *, is_sure: bool) -> None:
    """Ask for the account's name before something is deleted.

    Raises:
        NotConfirmedError: Another name was typed, or there is no terminal to ask on.
    """
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise NotConfirmedError(account, f"{what} would be deleted: say YES=1 (--yes)")
    if typer.prompt(f"{what} will be deleted; type {account} to go on", default="") != account:
        raise NotConfirmedError(account, "nothing was deleted")
