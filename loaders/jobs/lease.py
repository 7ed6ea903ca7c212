"""Who holds a job, and whether the holder still lives."""

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from loaders.jobs.job_changes import Expression, after, structure

LEASE = timedelta(seconds=60)
LONGEST = LEASE + timedelta(seconds=10)  # two servers of one replica set may differ a little
HEARTBEAT_S = 10.0
PROCESS = re.compile(r"([\w.-]+)[\w./-]*:\d+(:|$)")


def own_name() -> str:
    """Name this process so that another on the same machine can tell whether it lives."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid())}"


def in_words(name: str) -> str:
    """Name a person, or for the name of a process the machine of its worker."""
    found = PROCESS.match(name)
    return f"worker on {found[1]}" if found else name


@contextmanager
def repeating(beat: Callable[[], object]) -> Iterator[None]:
    """Do something at every heartbeat, in a thread, while the block runs."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(HEARTBEAT_S):
            beat()

    thread = threading.Thread(target=work, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def new_lease(owner: str, length: timedelta = LEASE) -> Expression:
    """Return a lease that begins when it is written."""
    return structure({"owner": owner, "expires_at": after(length)})


def is_over(lease: dict[str, Any] | None, moment: datetime) -> bool:
    """Tell whether a job may be taken over: its lease ended, or its holder died on this machine.

    A lease that ends later than any that begins now is no lease: a clock that was wrong wrote it.

    Args:
        lease: The job's lease.
        moment: MongoDB's time.
    """
    expires_at = lease.get("expires_at") if lease else None
    if not isinstance(expires_at, datetime) or not moment < expires_at <= moment + LONGEST:
        return True
    machine, _, rest = str((lease or {}).get("owner")).partition(":")
    pid, _, started = rest.partition(":")
    if machine != _machine() or not pid.isdigit() or not started:
        return False
    return _started(int(pid)) != started


def _machine() -> str:
    """Name the host and its process namespace: only within one do process ids compare."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().split("-")[0]
        return f"{socket.gethostname()}/{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return socket.gethostname()


def _started(pid: int) -> str:
    """Return when a process started, in clock ticks; empty where that cannot be known."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else "unknown"
    return "" if after_name[0] == "Z" else after_name[19]
