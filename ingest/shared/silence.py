"""Ends what waits for a server that hangs: libpq itself waits for ever (rule: passing faults).

A backend that is stopped keeps its connection alive: no keep-alive fails, and the server's own
time-out is the stopped process's to keep.
"""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Timer
from typing import TypeVar

from ingest.shared.retry import PASSING_EXIT_CODE, STAGE_OF_A_RUN

STATEMENT_S = 600  # so long a statement may take, unless it is set
GRACE_S = 10.0  # PostgreSQL's own time-out comes first, and says more

Row = TypeVar("Row")


@contextmanager
def end_silence(seconds: float, end: Callable[[], object]) -> Iterator[None]:
    """Call what ends the wait when a block takes longer than a statement may."""
    timer = Timer(seconds + GRACE_S, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def each_in_time(
    rows: Iterator[Row], in_time: Callable[[], AbstractContextManager[None]]
) -> Iterator[Row]:
    """Yield what arrives, each in time; what is done with it takes as long as it takes."""
    while True:
        with in_time():
            row = next(rows, None)
        if row is None:
            return
        yield row


def shut_down(number: int) -> None:
    """Shut down a connection's socket: its driver sees it at once."""
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as found:
        found.shutdown(socket.SHUT_RDWR)


def leave() -> None:
    """End the process, whose driver tells no socket; every landing is a transaction, as for a kill."""
    sys.stderr.write(
        "error: the CRM (CRM_AUDIT_DATABASE_URL) does not answer any more; run it again, it goes on\n"
    )
    sys.stderr.flush()
    os._exit(PASSING_EXIT_CODE if STAGE_OF_A_RUN in os.environ else 1)
