"""Who may open a page of the operations, and proof that a form is our own (rule: pages).

A form counts when our own page sent it, from the browser that we gave it to.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import jwt
from starlette.responses import RedirectResponse, Response

from ingest.shared.seeds import Account
from loaders.app.auth import ALGORITHM, Service, basic_caller
from loaders.app.endpoint import Call
from loaders.app.errors import ForbiddenError
from loaders.app.models import Asked
from loaders.app.pages.rendering import rendered
from loaders.app.pages.visits import Handler, Visit

SEE_OTHER = 303
COOKIE = "crm_migration_form"
FIELD = "form_token"
AUDIENCE = "operations_form"  # a session has none: neither can be used as the other
VALID_FOR = timedelta(hours=12)
FOREIGN = "the form was not sent from this site's own page"
STALE = "the form is older than twelve hours, or was opened in another browser"


def for_services(handler: Handler) -> Handler:
    """Let only the basic credentials in."""

    @wraps(handler)
    def guarded(visit: Visit) -> Response:
        basic_caller(visit.request, visit.settings)
        return handler(visit)

    return guarded


def own_forms(handler: Handler) -> Handler:
    """Let only forms of our own pages in."""

    @for_services
    @wraps(handler)
    def guarded(visit: Visit) -> Response:
        check_form(visit)
        return handler(visit)

    return guarded


def call_of(visit: Visit, asked: Asked) -> Call:
    """Return a form's wish as a call of a JSON endpoint, by who opened the page."""
    caller: Service = basic_caller(visit.request, visit.settings)
    return Call(visit.settings, visit.database, visit.request.state["watch"], caller, asked)


def to_account(found: Account) -> Response:
    """Lead from a form to the page of its account."""
    return RedirectResponse(f"/ops/{found.account}", SEE_OTHER)


def form_page(visit: Visit, template: str, status: int = 200, **content: Any) -> Response:
    """Return a page whose forms carry a signed token, bound to a cookie of the browser."""
    nonce = visit.request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
    claims = {"aud": AUDIENCE, "nonce": nonce, "exp": datetime.now(UTC) + VALID_FOR}
    token = jwt.encode(claims, visit.settings.session_secret, ALGORITHM)
    answer = rendered(template, status, **content, form_field=FIELD, form_token=token)
    answer.set_cookie(
        COOKIE,
        nonce,
        path="/ops",
        httponly=True,
        samesite="lax",
        secure=visit.settings.secure_cookies,
    )
    return answer


def check_form(visit: Visit) -> None:
    """Let a form through that our own page made.

    Raises:
        ForbiddenError: It comes from elsewhere, or its token is missing, forged or too old.
    """
    headers = visit.request.headers
    site = headers.get("Sec-Fetch-Site", "same-origin")
    origin = headers.get("Origin")
    if site != "same-origin" or (origin and origin.partition("://")[2] != headers.get("Host")):
        raise ForbiddenError("FORM_REFUSED", FOREIGN)
    nonce = visit.request.cookies.get(COOKIE, "")
    if not nonce or not hmac.compare_digest(_nonce(visit).encode(), nonce.encode()):
        raise ForbiddenError("FORM_REFUSED", STALE)


def _nonce(visit: Visit) -> str:
    try:
        claims = jwt.decode(
            visit.form.get(FIELD, ""),
            visit.settings.session_secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["exp", "nonce"]},
        )
    except jwt.InvalidTokenError as error:
        raise ForbiddenError("FORM_REFUSED", STALE) from error
    return str(claims["nonce"])
