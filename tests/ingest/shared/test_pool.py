"""Work in processes keeps the order and the errors, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from ingest.shared.errors import MigrationError
from ingest.shared.pool import map_in_processes
from ingest.shared.settings import ROOT


def double(number: int) -> int:
    """Some work."""
    return 2 * number


def fail_at_three(number: int) -> int:
    """Work that fails at one of its items."""
    if number == 3:
        raise ValueError("three")
    return number


def kill_itself(_number: int) -> int:
    """Work that the kernel would end for its memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@pytest.mark.parametrize("is_small", [True, False])
def test_every_item_comes_once_and_in_order(is_small: bool) -> None:
    """Wherever the work is done."""
    done = map_in_processes(double, range(50), is_small=is_small)
    assert list(done) == [2 * number for number in range(50)]


def test_an_error_comes_in_its_items_place() -> None:
    """What was done before it is not lost."""
    results: Iterator[int] = map_in_processes(fail_at_three, range(9))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_a_killed_process_is_told_in_one_line() -> None:
    """With what to do."""
    with pytest.raises(MigrationError, match="want of memory"):
        list(map_in_processes(kill_itself, range(3)))


def test_no_process_outlives_a_killed_caller() -> None:
    """The processes end by themselves when the one that started them is killed."""
    script = (
        "from tests.ingest.shared.test_pool import double\n"
        "from ingest.shared.pool import map_in_processes\n"
        "if __name__ == '__main__':\n"
        "    results = map_in_processes(double, range(10**6))\n"
        "    print(next(results), flush=True)\n"
        "    import time; time.sleep(60)\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert caller.stdout is not None
    assert caller.stdout.readline() == "0\n"
    workers = _children(caller.pid)
    assert workers
    caller.kill()
    caller.wait()
    caller.stdout.close()
    until = time.monotonic() + 20
    while any(map(_is_alive, workers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(_is_alive, workers))


def _children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
