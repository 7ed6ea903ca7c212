"""Turns templates into answers; every page of the app leaves with the same headers."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loaders.app.pages.filters import FILTERS

APP = Path(__file__).parents[1]
TEMPLATES, STATIC = APP / "templates", APP / "static"
PIECES_A_CHUNK = 2_000

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # "no-referrer" would send forms with the origin "null"
    "Cache-Control": "no-store",
}


class PageHeaders:
    """Adds the headers that every page has, where the answer does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's head."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, completed)


def rendered(template: str, status: int = 200, **content: Any) -> Response:
    """Return a page as a whole."""
    return HTMLResponse(TEMPLATE.get_template(template).render(content), status)


def streamed(template: str, content: Mapping[str, Any]) -> Response:
    """Return a long page piece by piece: the browser shows its head while the rest is made."""
    pieces = TEMPLATE.get_template(template).stream(content)
    pieces.enable_buffering(PIECES_A_CHUNK)
    return StreamingResponse(_encoded(pieces), media_type="text/html")


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode("utf-8", "backslashreplace")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    return environment


TEMPLATE = _environment()
