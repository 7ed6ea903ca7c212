"""Answers only under the names that the app is reached by: no page of a foreign name is ours."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from loaders.app.errors import ApiError, error_answer

ANY = "*"
PROBES = ("/healthz", "/readyz")  # a platform asks by address, and learns nothing of it
UNKNOWN_HOST = ApiError(400, "UNKNOWN_HOST", "the app is not served under this name")


class KnownHosts:
    """Refuses a ``Host`` that is not among the allowed ones.

    Args:
        app: The app.
        allowed: Names without a port, in lower case; ``*`` allows every one.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400."""
        if scope["type"] != "http" or scope["path"] in PROBES or self._knows(scope):
            await self._app(scope, receive, send)
        else:
            await error_answer(UNKNOWN_HOST)(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        return ANY in self._allowed or _host(scope) in self._allowed


def _host(scope: Scope) -> str:
    """Return the name without its port, in lower case; empty where there is none."""
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    except ValueError:
        return ""
