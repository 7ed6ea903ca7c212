"""Trying passwords gets slower and slower, and takes no memory."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from starlette.types import Message, Receive, Scope, Send

from loaders.app.doors.logins import FREE, MOST_ADDRESSES, MOST_WAITING, FailedLogins
from tests.loaders.app.conftest import Service, serving

STATUS = "/private/activity_logs/crm_migration/status?company_sso_id=company-a"


@pytest.fixture
def guarded(service: Service) -> Iterator[Service]:
    """The app with waits as in production, and failures that nobody else has made."""
    settings = replace(service.settings, slowest_refusal_s=0.4)
    with serving(settings) as url:
        yield Service(settings, service.database, url)


def attempt(guarded: Service, said_to_be: str = "") -> tuple[int, float]:
    """Try a wrong password; return the status and how long it took."""
    began = time.monotonic()
    headers = {"X-Forwarded-For": said_to_be} if said_to_be else {}
    with guarded.client(auth=("s2s-caller", "wrong")) as client:
        status = client.get(STATUS, headers=headers).status_code
    return status, time.monotonic() - began


def test_each_failure_takes_longer(guarded: Service) -> None:
    """A few cost nothing, the next ones wait; what is right is answered at once all the time."""
    for _ in range(FREE + 2):
        assert attempt(guarded)[0] == 401
    status, seconds = attempt(guarded)
    assert (status, seconds >= 0.4) == (401, True)
    with guarded.as_service() as client:
        assert client.get(STATUS).status_code == 200


def test_an_address_is_not_what_a_header_says(guarded: Service) -> None:
    """Another name for each attempt is no way around the waits."""
    for number in range(FREE + 2):
        assert attempt(guarded, f"10.0.0.{number}")[0] == 401
    status, seconds = attempt(guarded, "10.9.9.9")
    assert (status, seconds >= 0.4) == (401, True)


def test_a_success_forgets_the_failures_before(guarded: Service) -> None:
    """Somebody who mistyped is not held back for it."""
    for _ in range(FREE + 3):
        attempt(guarded)
    with guarded.as_service() as client:
        client.get(STATUS)
    began = time.monotonic()
    assert attempt(guarded)[0] == 401
    assert time.monotonic() - began < 0.4


def test_an_answer_that_wants_no_login_forgets_nothing(guarded: Service) -> None:
    """A page that is open to all is no way around."""
    for _ in range(FREE + 2):
        attempt(guarded)
    with guarded.client(auth=("s2s-caller", "wrong")) as client:
        assert client.get("/healthz").status_code == 200
    status, seconds = attempt(guarded)
    assert (status, seconds >= 0.4) == (401, True)


def test_many_at_once_are_no_quicker(guarded: Service) -> None:
    """Beyond a few that wait, an attempt is refused before its password is compared."""
    for _ in range(FREE + 3):
        attempt(guarded)
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: attempt(guarded)[0], range(16)))
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 2 * MOST_WAITING


def test_a_session_is_never_held_back(guarded: Service) -> None:
    """A forged or an old one is refused at once: a key of 32 bytes is not tried out."""
    began = time.monotonic()
    for _ in range(FREE + 3):
        with guarded.client(headers={"Authorization": "Bearer a.b.c"}) as client:
            assert client.get("/v1/crm_migration/status").status_code == 401
    assert time.monotonic() - began < 0.4 * FREE


async def refused(_scope: Scope, _receive: Receive, send: Send) -> None:
    """An app that lets nobody in."""
    await send({"type": "http.response.start", "status": 401, "headers": []})


def test_addresses_are_forgotten_beyond_a_number() -> None:
    """However many there are, the memory of them is bounded."""
    logins = FailedLogins(refused, 0.0)

    async def attempts() -> None:
        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(_message: Message) -> None:
            return

        for number in range(MOST_ADDRESSES + 500):
            scope: Scope = {
                "type": "http",
                "client": (f"10.0.{number // 256}.{number % 256}", 1),
                "headers": [(b"authorization", b"Basic eDp5")],
            }
            await logins(scope, receive, send)

    asyncio.run(attempts())
    assert len(logins._failures) <= MOST_ADDRESSES
    assert logins._waiting == {}
