"""Slows down those who try passwords, by address and all together, in bounded memory."""

import asyncio
import time
from collections import OrderedDict

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loaders.app.errors import ApiError, error_answer
from loaders.app.state import LET_IN

FREE = 5  # failures of an address that cost nothing: somebody mistypes
FREE_IN_ALL = 100
FIRST_WAIT_S = 0.1
FORGOTTEN_AFTER_S = 600.0
MOST_ADDRESSES = 1_000
MOST_WAITING, MOST_WAITING_IN_ALL = 4, 64
EVERYBODY = ""
TOO_MANY = ApiError(
    429, "TOO_MANY_ATTEMPTS", "too many failed logins: wait, then try again", {"Retry-After": "5"}
)


class FailedLogins:
    """Makes the answer to a failed login wait, the longer the more there were.

    Those who wait are few: beyond that an attempt is refused before its password is compared, so
    that trying many at once is no quicker. A login that succeeds makes its address a new one.

    Args:
        app: The app.
        longest_s: The longest wait, in seconds.
    """

    def __init__(self, app: ASGIApp, longest_s: float) -> None:
        self._app = app
        self._longest_s = longest_s
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._waiting: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; hold a refusal of its credentials back."""
        if scope["type"] != "http" or not _has_password(scope):
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else "unknown"
        if self._is_full(address):
            await error_answer(TOO_MANY)(scope, receive, send)
            return

        async def held(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._answered(
                    address,
                    is_refused=message["status"] == 401,
                    is_let_in=scope.get("state", {}).get(LET_IN, False),
                )
            await send(message)

        await self._app(scope, receive, held)

    def _is_full(self, address: str) -> bool:
        waiting = self._waiting.get(address, 0)
        return waiting >= MOST_WAITING or sum(self._waiting.values()) >= MOST_WAITING_IN_ALL

    async def _answered(self, address: str, *, is_refused: bool, is_let_in: bool) -> None:
        if is_let_in:
            self._failures.pop(address, None)
        if not is_refused:
            return
        wait_s = max(
            self._wait_after(self._note(address) - FREE),
            self._wait_after(self._note(EVERYBODY) - FREE_IN_ALL),
        )
        self._waiting[address] = self._waiting.get(address, 0) + 1
        try:
            await asyncio.sleep(wait_s)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    def _note(self, address: str) -> int:
        """Count a failure; the address that failed longest ago is forgotten first."""
        count, at = self._failures.pop(address, (0, 0.0))
        now = time.monotonic()
        count = 1 if now - at > FORGOTTEN_AFTER_S else count + 1
        self._failures[address] = (count, now)
        while len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)
        return count

    def _wait_after(self, failures: int) -> float:
        if failures <= 0:
            return 0.0
        return min(self._longest_s, FIRST_WAIT_S * 2.0 ** min(failures - 1, 16))


def _has_password(scope: Scope) -> bool:
    return Headers(scope=scope).get("authorization", "").lower().startswith("basic ")
