"""Puts the app together (rule: http)."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from loaders.app.access import AccessLog
from loaders.app.doors.headers import Headers
from loaders.app.doors.hosts import KnownHosts
from loaders.app.doors.logins import FailedLogins
from loaders.app.errors import HANDLERS
from loaders.app.limits import BodyLimit
from loaders.app.pages import page_routes
from loaders.app.routes import LIMITS, api_routes
from loaders.app.settings import AppSettings
from loaders.app.state import lifespan


def create_app(settings: AppSettings, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the app, with more routes if there are; it opens nothing before it starts."""
    app = Starlette(
        routes=[*api_routes(), *page_routes(), *routes],
        middleware=[
            Middleware(Headers),
            Middleware(AccessLog),
            Middleware(KnownHosts, allowed=settings.allowed_hosts),
            Middleware(FailedLogins, longest_s=settings.slowest_refusal_s),
            Middleware(BodyLimit, limits=LIMITS),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan(settings),
    )
    app.router.redirect_slashes = False  # it would build an address from the request's `Host`
    return app
