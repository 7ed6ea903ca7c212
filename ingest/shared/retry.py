"""Waits for what passes by itself, with growing pauses (rule: passing faults)."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from ingest.shared.errors import MigrationError

LONGEST_PAUSE_S = 60
T = TypeVar("T")
Say = Callable[[str], None]


def retry(act: Callable[[], T], *, minutes: float, say: Say) -> T:
    """Do something again for as long as it fails by a passing fault.

    Args:
        act: What to do; done again it must be as if it had been done once.
        minutes: For how long, counted from the first try; with 0 there is only one.
        say: Told each time, in one line, what is waited for.

    Raises:
        MigrationError: The last fault, or the first that does not pass by itself.
    """
    return Retrying(
        retry=retry_if_exception(_is_passing),
        wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE_S),
        stop=stop_after_delay(60 * minutes),
        before_sleep=lambda state: say(_waiting(state)),
        reraise=True,
    )(act)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, MigrationError) and error.is_passing


def _waiting(state: RetryCallState) -> str:
    fault = state.outcome.exception() if state.outcome else None
    return f"{fault}; trying again in {state.upcoming_sleep:.1f} s"
