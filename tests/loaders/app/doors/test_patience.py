"""Clients that send or read too slowly are cut off; all others are served meanwhile."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from loaders.app.doors.patience import PatientProtocol
from tests.loaders.app.conftest import Service, serving

LIMIT_S = 0.6
HEAD = b"POST /private/activity_logs/crm_migration HTTP/1.1\r\nHost: localhost\r\n"


class Impatient(PatientProtocol):
    """As in production, but sooner."""

    sending_s = LIMIT_S
    taking_s = LIMIT_S


async def endless(_request: Request) -> Response:
    """More than any buffer holds."""
    return StreamingResponse(b"x" * 65_536 for _ in range(2_000))


@pytest.fixture
def address(service: Service) -> Iterator[tuple[str, int]]:
    """Where an app listens that has little patience."""
    with serving(service.settings, Route("/endless", endless), http=Impatient) as url:
        host, port = url.removeprefix("http://").split(":")
        yield host, int(port)


def is_cut(client: socket.socket) -> bool:
    """Read to the end; whether the server ended it within a few limits."""
    client.settimeout(8 * LIMIT_S)
    try:
        while client.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD, id="half a head"),
        pytest.param(HEAD + b"Content-Length: 100\r\n\r\n{", id="half a body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", id="half a stream"),
    ],
)
def test_a_half_open_client_is_cut(address: tuple[str, int], sent: bytes) -> None:
    """Whatever it has sent so far."""
    with socket.create_connection(address) as client:
        client.sendall(sent)
        assert is_cut(client)


def test_a_client_that_drips_is_cut(address: tuple[str, int]) -> None:
    """A byte now and then does not prolong it; the request has to be whole in time."""
    began = time.monotonic()
    with socket.create_connection(address) as client, suppress(ConnectionError):
        for byte in HEAD * 10:
            client.sendall(bytes([byte]))
            time.sleep(LIMIT_S / 10)
    assert time.monotonic() - began < 6 * LIMIT_S


def test_a_client_that_does_not_read_is_cut(address: tuple[str, int]) -> None:
    """Its answer is not kept for it."""
    with socket.create_connection(address) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(5 * LIMIT_S)
        client.settimeout(5)
        read = 0
        try:
            while chunk := client.recv(1 << 20):
                read += len(chunk)
        except ConnectionError:
            pass
    assert read < 2_000 * 65_536


def test_a_connection_serves_on_while_requests_come_in_time(address: tuple[str, int]) -> None:
    """What was sent in time is answered, over a connection older than the limit too."""
    with httpx.Client(base_url="http://{}:{}".format(*address)) as client:
        for _ in range(4):
            assert client.get("/healthz").status_code == 200
            time.sleep(LIMIT_S / 2)
