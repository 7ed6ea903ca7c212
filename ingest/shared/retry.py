"""Tries again what may pass by itself, with ever longer waits (rule: passing faults)."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from ingest.shared.errors import MigrationError

FIRST_WAIT_S, LONGEST_WAIT_S, MOST_JITTER_S = 1.0, 60.0, 2.0
PASSING_EXIT_CODE = 75  # a stage that a run started says so that its fault may pass by itself
STAGE_OF_A_RUN = "STAGE_OF_A_RUN"
"""The variable that tells a stage that a run started it."""

Result = TypeVar("Result")
Tell = Callable[[float, BaseException], object]
Say = Callable[[str], object]


def retry(work: Callable[[], Result], *, limit_s: float, tell: Tell) -> Result:
    """Do some work; where it fails for a passing reason wait, and do it again.

    Args:
        work: What is done; it goes on where it was when it is called again.
        limit_s: So many seconds are waited in all, then its error is raised.
        tell: Told before each wait of its length in seconds, and of the error.

    Raises:
        MigrationError: What the work raised, when it does not pass or not in time.
    """
    retrying = Retrying(
        retry=retry_if_exception(is_passing),
        stop=lambda state: state.idle_for >= limit_s,
        wait=wait_exponential_jitter(
            multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S, jitter=MOST_JITTER_S
        ),
        before_sleep=lambda state: _tell(state, tell),
        reraise=True,
    )
    return retrying(work)


def describe_wait(seconds: float, error: BaseException) -> str:
    """Return the line that says what is waited for."""
    return f"{error}; trying again in {seconds:.1f} s"


def is_passing(error: BaseException) -> bool:
    """Tell whether an error may pass by itself."""
    return isinstance(error, MigrationError) and error.is_passing


def _tell(state: RetryCallState, tell: Tell) -> None:
    error = state.outcome.exception() if state.outcome else None
    if error and state.next_action:
        tell(state.next_action.sleep, error)
