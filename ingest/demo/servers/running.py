"""The demo's servers as a command uses them: started when needed, stopped with the last user."""

import fcntl
import json
import subprocess  # our own programs, without a shell # nosec B404
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.demo.errors import ServerStartError

START_SECONDS = 120
STOP_SECONDS = 60
POLL_SECONDS = 0.1


@contextmanager
def running_servers(folder: Path) -> Iterator[dict[str, str]]:
    """Hold the servers of a folder; give the variables that name them.

    Raises:
        ServerStartError: One did not start; the message says which and why.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    started: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "users.lock").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            yield _addresses(folder, started)
    finally:
        _wait_until_stopped(folder)
        for keeper in started:
            if not _is_kept(folder):
                keeper.wait(STOP_SECONDS)


def _addresses(folder: Path, started: list["subprocess.Popen[bytes]"]) -> dict[str, str]:
    """Return the addresses that a living keeper told, starting one where there is none."""
    told, until = folder / "servers.json", time.monotonic() + START_SECONDS
    with (folder / "starting.lock").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        while time.monotonic() < until:
            if _is_kept(folder):
                if told.exists():
                    return dict(json.loads(told.read_text()))
            elif not started:
                told.unlink(missing_ok=True)
                (folder / "error").unlink(missing_ok=True)
                started.append(_start_keeper(folder))
            elif started[0].poll() is not None:
                raise ServerStartError(_reason(folder))
            time.sleep(POLL_SECONDS)
    raise ServerStartError(f"the demo's servers did not start in {START_SECONDS} s: {folder}")


def _start_keeper(folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "keeper.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the arguments are the demo's own # nosec B603
            [sys.executable, "-m", "ingest.demo.servers.keeper", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _reason(folder: Path) -> str:
    told = folder / "error"
    return told.read_text() if told.exists() else f"the keeper ended; see {folder / 'keeper.log'}"


def _is_kept(folder: Path) -> bool:
    """Tell whether a keeper holds its lock."""
    with (folder / "keeper.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(lock, fcntl.LOCK_UN)
    return False


def _wait_until_stopped(folder: Path) -> None:
    """Wait for the keeper to go, unless another command uses the servers."""
    while _is_kept(folder):
        with (folder / "users.lock").open("a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(POLL_SECONDS)
                if (folder / "servers.json").exists():
                    return
            else:
                fcntl.flock(users, fcntl.LOCK_UN)
        time.sleep(POLL_SECONDS)
