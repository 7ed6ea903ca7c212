"""The OpenAPI document as a page, without a script (rule: http)."""

from functools import cache

from starlette.responses import HTMLResponse, Response

from loaders.app.openapi import document
from loaders.app.pages.rendering import rendered
from loaders.app.pages.visits import Visit
from loaders.app.routes import OPERATIONS

WHO = {
    "basic": "another service, by the basic credentials",
    "session": "a person, by a session",
    "none": "anybody",
}


def api(_visit: Visit) -> Response:
    """Show every endpoint and every shape."""
    return HTMLResponse(_html())


@cache
def _html() -> bytes:
    page = rendered("api.html.j2", operations=OPERATIONS, who=WHO, api=document(OPERATIONS))
    return bytes(page.body)
