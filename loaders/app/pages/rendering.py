"""Turns templates into answers."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response, StreamingResponse

from loaders.app.pages.filters import FILTERS

APP = Path(__file__).parents[1]
TEMPLATES, STATIC = APP / "templates", APP / "static"
PIECES_A_CHUNK = 2_000


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
