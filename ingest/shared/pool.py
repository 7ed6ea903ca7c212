"""Work that Python does on every core: in processes that never outlive their caller."""

import ctypes
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import TypeVar

from ingest.shared.errors import MigrationError

M_MMAP_THRESHOLD = -3  # GNU's number of the option
LARGE_BLOCK = 1_000_000

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_processes(
    work: Callable[[Item], Result], items: Iterable[Item], *, is_small: bool = False
) -> Iterator[Result]:
    """Give the result of each item in their order, a few items ahead of the caller.

    Args:
        work: A function of a module; items and results travel between processes.
        items: Taken one by one, in the caller's thread.
        is_small: There is less to do than processes would take to start: do it here.

    Raises:
        MigrationError: A process was killed, for its memory as a rule.
    """
    if is_small:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    with _processes() as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > cores() + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _processes() -> Iterator[ProcessPoolExecutor]:
    _give_back_large_blocks()
    # Not by fork: DuckDB's and MongoDB's threads would not come along.
    pool = ProcessPoolExecutor(cores(), get_context("spawn"), _end_with_parent)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise MigrationError(
            "a process that read or encoded audits was killed, as a rule for want of memory; "
            "run again with more of it"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Leave Ctrl-C to the caller, and end at once when the caller is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _give_back_large_blocks()
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _give_back_large_blocks() -> None:
    """Let the C library return each large block when it is freed; a long text leaves none behind."""
    with suppress(AttributeError, OSError):  # another C library than GNU's has no such option
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
