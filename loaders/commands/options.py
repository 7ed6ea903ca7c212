"""What several commands are told."""

from typing import Annotated

import typer

from ingest.shared.seeds import Account, find_account
from ingest.shared.settings import Settings, environment

AccountName = Annotated[
    str, typer.Option("--account", help="Slug of the account, as in accounts.csv.")
]


def account_and_settings(account: str) -> tuple[Account, Settings]:
    """Return an account of the seed, and where everything is."""
    found = find_account(account)
    return found, Settings.from_env(environment())
