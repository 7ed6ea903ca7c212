"""Serves the app on the demo's data, with credentials made for this one time."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from rich.console import Console
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from ingest.demo.gateway import sign_session
from ingest.shared.indexes import ACTIVITY_LOGS
from ingest.shared.mongo import CdpDatabase, connected
from ingest.shared.seeds import Account, find_account
from loaders.app.auth import SESSION_COOKIE
from loaders.app.pages.visits import Visit, no_such_page, page
from loaders.app.serve import serve
from loaders.app.settings import AppSettings

PATH = "/demo-session"
SEE_OTHER = 303
Session = tuple[str, str]
"""A session's token, and the contact to show."""


def serve_demo(accounts: Sequence[str], env: Mapping[str, str], console: Console) -> None:
    """Print how to open the pages and serve them, with a worker beside, until Ctrl-C.

    Raises:
        MigrationError: The address cannot be listened at, or the worker ended by itself.
    """
    settings = demo_settings(env)
    with connected(settings.mongo_url) as database:
        found = [(name, _session(settings, database, find_account(name))) for name in accounts]
    links = {secrets.token_urlsafe(12): each for each in found if each[1]}
    for line in lines(settings, {key: name for key, (name, _) in links.items()}):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    sessions = {key: session for key, (_, session) in links.items() if session}
    serve(settings, env, with_worker=True, routes=[session_route(sessions)])


def session_route(sessions: Mapping[str, Session]) -> BaseRoute:
    """Return the page that opens the session of a link, by the link's key."""

    def open_session(visit: Visit) -> Response:
        found = sessions.get(visit.request.path_params["key"])
        if found is None:
            return no_such_page(visit)
        token, customer_id = found
        answer = RedirectResponse(f"/contacts/{quote(customer_id, safe='')}", SEE_OTHER)
        answer.set_cookie(
            SESSION_COOKIE,
            token,
            httponly=True,
            samesite="lax",
            secure=visit.settings.secure_cookies,
        )
        return answer

    return page(PATH + "/{key}", open_session)


def demo_settings(env: Mapping[str, str]) -> AppSettings:
    """Return settings with secrets of their own; what the environment has of them is not used."""
    own = {
        "MIGRATION_BASIC_USERNAME": "demo",
        "MIGRATION_BASIC_PASSWORD": secrets.token_urlsafe(12),
        "IAG_SESSION_SECRET": secrets.token_urlsafe(48),
        "APP_SECURE_COOKIES": "false",
        "HOST": "127.0.0.1",
    }
    return AppSettings.from_env({**env, **own})


def lines(settings: AppSettings, accounts: Mapping[str, str]) -> Iterator[str]:
    """Yield where the pages are, and how to be let in.

    Args:
        settings: The app's settings.
        accounts: The account of each link's key.
    """
    base = f"http://{settings.host}:{settings.port}"
    yield "The pages, until Ctrl-C:"
    yield f"  operations: {base}/ops"
    yield f"    user {settings.basic_username}, password {settings.basic_password}"
    for key, account in accounts.items():
        yield f"  a contact of {account}: {base}{PATH}/{key}"


def _session(settings: AppSettings, database: CdpDatabase, account: Account) -> Session | None:
    contact = _busiest_contact(database, account)
    token = sign_session(settings.session_secret, account.company_sso_id, "demo")
    return (token, contact) if contact else None


def _busiest_contact(database: CdpDatabase, account: Account) -> str | None:
    """Return the contact with the most logs, of those that have native ones too if there are any."""
    is_native = {"$cond": [{"$eq": [{"$type": "$source_tag"}, "missing"]}, 1, 0]}
    grouped = {"_id": "$customer_id", "native": {"$max": is_native}, "logs": {"$sum": 1}}
    found = database[ACTIVITY_LOGS].aggregate(
        [
            {"$match": {"company_sso_id": account.company_sso_id}},
            {"$group": grouped},
            {"$sort": {"native": -1, "logs": -1, "_id": 1}},
            {"$limit": 1},
        ]
    )
    return next((str(contact["_id"]) for contact in found), None)
