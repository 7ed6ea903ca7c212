"""The server-rendered pages (spec §11)."""

from starlette.routing import BaseRoute


def page_routes() -> list[BaseRoute]:
    """Return the routes of the pages."""
    return []
