"""What a request finds in the app: settings, MongoDB, the accounts, metrics (rule: http)."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.requests import Request

from ingest.shared.mongo import CdpDatabase, database_of, new_client
from ingest.shared.seeds import Account, read_accounts
from loaders.app.errors import NotFoundError
from loaders.app.settings import AppSettings
from loaders.jobs.job_document import Watch
from loaders.jobs.metrics import watching


class AppState(TypedDict):
    """State of the app; ``request.state["database"]`` and so on."""

    settings: AppSettings
    database: CdpDatabase
    watch: Watch


LET_IN = "let_in"
"""Said in a request's state once its basic credentials were the right ones."""
AppRequest = Request[AppState]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[AppState]]


def lifespan(settings: AppSettings) -> Lifespan:
    """Hold one MongoDB client while the app runs; it connects when it is first asked."""

    @asynccontextmanager
    async def state(_app: Starlette) -> AsyncIterator[AppState]:
        with new_client(settings.mongo_url) as client, watching(settings.statsd) as watch:
            yield {"settings": settings, "database": database_of(client), "watch": watch}

    return state


def account_of(settings: AppSettings, company_sso_id: str) -> Account:
    """Return the account of a company, from the seed as it is now (rule: seeds).

    Raises:
        NotFoundError: The seed has no such company.
    """
    for account in read_accounts(settings.seeds).values():
        if account.company_sso_id == company_sso_id:
            return account
    raise NotFoundError("UNKNOWN_ACCOUNT", "no account has this company_sso_id")
