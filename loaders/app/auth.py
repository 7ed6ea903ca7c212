"""Who calls: another service by basic auth, or a person by a signed session (rule: http)."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Any

import jwt

from loaders.app.errors import ForbiddenError, UnauthorizedError
from loaders.app.settings import AppSettings
from loaders.app.state import LET_IN, AppRequest

SESSION_COOKIE = "iag_session"
VIEW_CUSTOMERS = "customers.customers.view"
ALGORITHM = "HS256"
REALM = 'Basic realm="crm_migration", charset="UTF-8"'
CLAIMS = ("exp", "sub", "company_sso_id", "permissions")


@dataclass(frozen=True, slots=True)
class Service:
    """Another service, known by its user name."""

    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A person of one account, and what that person may do."""

    user_id: str
    company_sso_id: str
    permissions: frozenset[str]


def basic_caller(request: AppRequest, settings: AppSettings) -> Service:
    """Return the service that calls; both comparisons take the same time whatever is sent.

    Raises:
        UnauthorizedError: The credentials are missing or wrong.
    """
    username, password = _credentials(request.headers.get("Authorization", ""))
    is_user = hmac.compare_digest(username, settings.basic_username.encode())
    is_password = hmac.compare_digest(password, settings.basic_password.encode())
    if not (is_user & is_password):
        raise UnauthorizedError(REALM, "basic credentials are missing or wrong")
    request.scope["state"][LET_IN] = True
    return Service(settings.basic_username)


def session_caller(
    request: AppRequest, settings: AppSettings, permission: str | None = None
) -> Session:
    """Return the session of the caller, from the bearer token or else the cookie.

    Args:
        request: The request; a ``company_sso_id`` parameter may name the session's account only.
        settings: Holds the key.
        permission: What the session must allow.

    Raises:
        UnauthorizedError: There is no session, or it is forged, expired or incomplete.
        ForbiddenError: The permission is missing, or another account is asked for.
    """
    session = _session(_token(request), settings.session_secret)
    if permission and permission not in session.permissions:
        raise ForbiddenError("FORBIDDEN", f"the session lacks the permission {permission}")
    asked_for = set(request.query_params.getlist("company_sso_id"))
    if asked_for - {session.company_sso_id}:
        raise ForbiddenError("FORBIDDEN", "the session belongs to another account")
    return session


def _credentials(header: str) -> tuple[bytes, bytes]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b"", b""
    username, _, password = decoded.partition(b":")
    return username, password


def _token(request: AppRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.cookies.get(SESSION_COOKIE, "")


def _session(token: str, secret: str) -> Session:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=[ALGORITHM], options={"require": list(CLAIMS)}
        )
    except jwt.InvalidTokenError as error:
        raise UnauthorizedError("Bearer", "the session is missing, invalid or expired") from error
    user_id, company, permissions = (claims[name] for name in CLAIMS[1:])
    if not (_is_text(user_id) and _is_text(company) and isinstance(permissions, list)):
        raise UnauthorizedError("Bearer", "the session is incomplete")
    return Session(user_id, company, frozenset(filter(_is_text, permissions)))


def _is_text(value: Any) -> bool:
    """Tell whether it can be a name: half a surrogate is nothing that MongoDB can be asked for."""
    return isinstance(value, str) and value.strip() != "" and value.isprintable()
