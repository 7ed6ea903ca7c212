"""A server that is silent is given up; one whose rows are being worked on is not (rule: passing faults)."""

import time
from functools import partial

import pytest

from ingest.shared import silence
from ingest.shared.silence import each_in_time, end_silence


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing beyond the time itself."""
    monkeypatch.setattr(silence, "GRACE_S", 0.0)


def test_what_takes_too_long_is_ended() -> None:
    """Once, and only while it lasts."""
    ended: list[bool] = []
    with end_silence(0.05, partial(ended.append, True)):
        time.sleep(0.3)
    with end_silence(0.3, partial(ended.append, False)):
        pass
    time.sleep(0.5)
    assert ended == [True]


def test_the_work_between_two_rows_is_no_silence() -> None:
    """However long it takes; all rows arrive."""
    ended: list[bool] = []
    in_time = partial(end_silence, 0.1, partial(ended.append, True))
    found = []
    for row in each_in_time(iter([1, 2]), in_time):
        time.sleep(0.3)
        found.append(row)
    assert (found, ended) == ([1, 2], [])
