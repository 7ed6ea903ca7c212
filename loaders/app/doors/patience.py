"""Cuts clients that neither send their request nor take their answer in time."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from loaders.app.doors.headers import HEADERS

SENDING_S = 30.0  # for a whole request, head and body, from its first byte or from the connection
TAKING_S = 30.0  # for what is buffered of an answer
MOST_CONNECTIONS = 500
REFUSED_HEAD = {**HEADERS, "Content-Type": "application/json", "Connection": "close"}


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end of patience; uvicorn itself only ends idle connections between requests."""

    sending_s = SENDING_S
    taking_s = TAKING_S

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._sending: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; one connection too many is not served."""
        super().connection_made(transport)
        self._sending = self.loop.call_later(self.sending_s, transport.abort)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Wait on until the request is whole."""
        super().data_received(data)
        cycle: Any = self.cycle  # of the last request; none before the first
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            self._sending = _ended(self._sending)
        elif self._sending is None and not self.transport.is_closing():
            self._sending = self.loop.call_later(self.sending_s, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP as everything else is refused; the app never sees it."""
        content = {"error": {"code": "BAD_REQUEST", "message": msg}}
        head = h11.Response(
            status_code=400, headers=list(REFUSED_HEAD.items()), reason="Bad Request"
        )
        events = head, h11.Data(data=json.dumps(content).encode()), h11.EndOfMessage()
        with suppress(h11.LocalProtocolError):  # in the middle of an answer
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def pause_writing(self) -> None:
        """Begin to wait for the client to take what is buffered."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.taking_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken it."""
        self._taking = _ended(self._taking)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._sending, self._taking = _ended(self._sending), _ended(self._taking)
        super().connection_lost(exc)


def _ended(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Stop a timer; there is none then."""
    if timer is not None:
        timer.cancel()
    return None
