"""Many readers of long timelines at once cost little memory and little time (rule: http)."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest

from ingest.shared.mongo import connected
from tests.loaders.app.conftest import session_token
from tests.loaders.app.documents import native_log
from tests.loaders.app.test_serve import env, served

__all__ = ["env"]

READERS, ROUNDS = 8, 6
MOST_MB, MOST_ANSWER, MOST_SECONDS = 300, 500_000, 5.0  # of a quiet machine: below one second
PATHS = ("/contacts/customer-1", "/iag/v1/activity_logs?customer_id=customer-1")


@pytest.fixture
def heavy(env: dict[str, str]) -> Iterator[dict[str, str]]:
    """A contact with 5,000 logs of 30 KB."""
    with connected(env["CDP_MONGO_URL"]) as database:
        for first in range(0, 5_000, 500):
            database.activity_logs.insert_many([log(first + number) for number in range(500)])
        yield env


def log(number: int) -> dict[str, Any]:
    """A log of 30 KB."""
    changes = [{"field": "body", "from": None, "to": os.urandom(15_000).hex()}]
    moment = datetime(2024, 1, 1) + timedelta(minutes=number)
    return native_log("company-a", "customer-1", changes=changes, created_at=moment)


def read(url: str) -> tuple[float, int]:
    """Read both ways; return the longest time and the largest answer."""
    seconds, sizes = [], []
    with httpx.Client(base_url=url, cookies={"iag_session": session_token()}, timeout=60) as client:
        for path in PATHS * ROUNDS:
            began = time.monotonic()
            answer = client.get(path)
            seconds.append(time.monotonic() - began)
            sizes.append(len(answer.content))
            assert answer.status_code == 200
    return max(seconds), max(sizes)


def test_eight_readers_of_a_long_timeline(heavy: dict[str, str]) -> None:
    """All of them together stay below the limits of memory, bytes and time."""
    with served(heavy) as (process, url):
        own = psutil.Process(process.pid)
        before = own.memory_info().rss
        with ThreadPoolExecutor(READERS) as pool:
            coming = [pool.submit(read, url) for _ in range(READERS)]
            highest = before
            while not all(each.done() for each in coming):
                highest = max(highest, own.memory_info().rss)
                time.sleep(0.01)
        found = [each.result() for each in coming]
    assert (highest - before) / 1_000_000 < MOST_MB
    assert max(size for _, size in found) <= MOST_ANSWER
    assert max(seconds for seconds, _ in found) < MOST_SECONDS
