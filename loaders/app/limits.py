"""Refuses bodies that are larger than their path takes (rule: security)."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loaders.app.errors import ApiError, TooLargeError, error_answer

USUAL_LIMIT = 64 * 1024
# A gateway might believe the other one, and take the rest of the body for a request of its own.
TWO_LENGTHS = ApiError(
    400,
    "BAD_REQUEST",
    "Content-Length and Transfer-Encoding are both there",
    {"Connection": "close"},
)


class BodyLimit:
    """Counts the body's bytes, whether their number was announced or not.

    Args:
        app: The app.
        limits: The most bytes by path; every other path takes 64 KiB.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 or 413 before the app is asked, or raise 413 while the app reads."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            await error_answer(TWO_LENGTHS)(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], USUAL_LIMIT)
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            await error_answer(TooLargeError(limit))(scope, receive, send)
            return
        await self._app(scope, _counting(receive, limit), send)


def _counting(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise TooLargeError(limit)
        return message

    return counted
