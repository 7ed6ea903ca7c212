"""Logs each request without what it says, and keeps unforeseen errors' text to itself."""

import time
import traceback
from http import HTTPMethod
from pathlib import Path

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.shared.tracing import traced
from loaders.app.errors import ApiError, error_answer

log = structlog.get_logger("app")


class AccessLog:
    """Logs method, route and status of each request; neither parameters nor bodies.

    An error that nobody foresaw is answered with 500; its type and place are logged, not its text,
    which may hold a document.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log its end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at, status = time.monotonic(), 0
        method = scope["method"] if scope["method"] in METHODS else "OTHER"

        async def noted(message: Message) -> None:
            nonlocal status
            status = int(message.get("status", status))
            await send(message)

        with traced(method, Headers(scope=scope).get("traceparent")) as span:
            try:
                await self._app(scope, receive, noted)
            except Exception as error:
                log.error("request failed", error=type(error).__name__, at=_place(error))
                if not status:
                    await error_answer(UNFORESEEN)(scope, receive, noted)
            if span:
                span.update_name(f"{method} {_route(scope)}")
                span.set_attribute("http.response.status_code", status)
        log.info(
            "request",
            method=method,
            route=_route(scope),
            status=status,
            duration_ms=round(1000 * (time.monotonic() - started_at)),
        )


METHODS = frozenset(each.value for each in HTTPMethod)
UNFORESEEN = ApiError(500, "INTERNAL_ERROR", "an unforeseen error; it is logged")


def _route(scope: Scope) -> str:
    """Return the path with the names of its parameters, not their values."""
    route = scope.get("route")
    return getattr(route, "path", "(none)")


def _place(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-5:]]
