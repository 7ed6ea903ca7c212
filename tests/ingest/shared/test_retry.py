"""What passes by itself is tried again, for so long and no longer."""

import itertools

import pytest

from ingest.shared import retry as module
from ingest.shared.errors import CdpError
from ingest.shared.retry import retry


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for hundredths of a second."""
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(module, "MOST_JITTER_S", 0.01)


def test_work_is_done_again_after_ever_longer_waits() -> None:
    """Each wait is told before, with its reason; then the result is there."""
    calls = itertools.count()
    waits: list[float] = []

    def work() -> str:
        if next(calls) < 3:
            raise CdpError("away", is_passing=True)
        return "done"

    def tell(seconds: float, error: BaseException) -> None:
        assert str(error) == "away"
        waits.append(seconds)

    assert retry(work, limit_s=10, tell=tell) == "done"
    assert len(waits) == 3
    assert waits[0] < waits[-1] <= 0.05


def test_what_does_not_pass_ends_at_once() -> None:
    """A wrong password is not asked again."""
    calls = itertools.count()

    def work() -> None:
        next(calls)
        raise CdpError("refused")

    with pytest.raises(CdpError, match="refused"):
        retry(work, limit_s=10, tell=lambda _seconds, _error: None)
    assert next(calls) == 1


def test_the_limit_ends_it_with_its_own_error() -> None:
    """After so many seconds of waiting."""

    def work() -> None:
        raise CdpError("away", is_passing=True)

    with pytest.raises(CdpError, match="away"):
        retry(work, limit_s=0.2, tell=lambda _seconds, _error: None)
