"""Puts the app together (rule: http)."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from loaders.app.access import AccessLog
from loaders.app.errors import HANDLERS
from loaders.app.limits import BodyLimit
from loaders.app.pages import page_routes
from loaders.app.routes import LIMITS, api_routes
from loaders.app.settings import AppSettings
from loaders.app.state import lifespan


def create_app(settings: AppSettings, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the app, with more routes if there are; it opens nothing before it starts."""
    return Starlette(
        routes=[*api_routes(), *page_routes(), *routes],
        middleware=[Middleware(AccessLog), Middleware(BodyLimit, limits=LIMITS)],
        exception_handlers=HANDLERS,
        lifespan=lifespan(settings),
    )
