"""Runs another stage as a child that dies with this process and whose error line is ours."""

import os
import signal
import subprocess  # our own programs, without a shell # nosec B404
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

from ingest.shared.settings import ROOT
from ingest.shared.text import printable
from ingest.shared.tracing import traced_env
from ingest.shared.warm import WarmChild, is_warm

# On Linux the kernel ends the child when its parent is killed: an orphan would keep the warehouse.
DIE_WITH_PARENT = (
    "import ctypes, os, signal, sys; "
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL); "
    "os.getppid() == int(sys.argv[1]) or os._exit(137); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)
PREFIX = "error: "


@dataclass(frozen=True, slots=True)
class ChildProblem:
    """How a child failed: its exit code and its error line, without the prefix."""

    exit_code: int
    message: str


def private_files() -> None:
    """Let only this user read what this process, and its children, write."""
    os.umask(0o077)


def run_child(
    name: str,
    arguments: Sequence[str],
    env: Mapping[str, str],
    *,
    folder: Path = ROOT,
    quiet: bool = False,
    on_line: Callable[[str], object] | None = None,
) -> ChildProblem | None:
    """Run a command and wait for it.

    Args:
        name: What it is, for the message when it says nothing itself.
        arguments: The command and its arguments.
        env: Its environment.
        folder: Where it works; the project's folder when absent.
        quiet: Keep its standard output back.
        on_line: Told each line of it instead.

    Returns:
        None when it succeeded. Its error line is returned, not printed; other lines of its
        standard error pass through unless it is quiet.
    """
    env = traced_env({**env, "PYTHONPATH": str(ROOT)})
    with _started(arguments, env, folder, quiet=quiet, is_read=on_line is not None) as process:
        if on_line:
            Thread(target=_tell, args=(process.stdout, on_line), daemon=True).start()
        try:
            last_error = _error_line(process.stderr, quiet)
            exit_code = process.wait()
        except BaseException:
            process.kill()
            raise
    if exit_code == 0:
        return None
    return ChildProblem(exit_code, last_error or f"{name} ended with exit code {exit_code}")


def _started(
    arguments: Sequence[str], env: Mapping[str, str], folder: Path, *, quiet: bool, is_read: bool
) -> "WarmChild | subprocess.Popen[str]":
    if is_warm(arguments) and not is_read:
        return WarmChild(arguments, env, folder, quiet=quiet)
    return subprocess.Popen(  # noqa: S603 - our own stages # nosec B603
        with_parent(arguments),
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE if is_read else subprocess.DEVNULL if quiet else None,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )


class Child:
    """A child that goes on beside this process, in a session of its own.

    Ctrl-C on the terminal reaches it only through `stop`.

    Args:
        name: What it is, for the message when it says nothing itself.
        arguments: The command and its arguments.
        env: Its environment.
        is_shown: Let its output through; its error line never is.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], *, is_shown: bool
    ) -> None:
        self._name = name
        self._is_shown = is_shown
        self._process = subprocess.Popen(  # noqa: S603 - our own stages # nosec B603
            with_parent(arguments),
            cwd=ROOT,
            env=traced_env({**env, "PYTHONPATH": str(ROOT)}),
            stdin=subprocess.DEVNULL,
            stdout=None if is_shown else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def stop(self) -> None:
        """Tell it, and what it started, to end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)

    def wait(self) -> ChildProblem | None:
        """Wait for its end; none when it succeeded."""
        with self._process:
            last_error = _error_line(self._process.stderr, quiet=not self._is_shown)
            exit_code = self._process.wait()
        if exit_code == 0:
            return None
        message = last_error or f"{self._name} ended with exit code {exit_code}"
        return ChildProblem(exit_code, message)


def with_parent(arguments: Sequence[str]) -> list[str]:
    """Return the command that runs another one and ends with this process."""
    if sys.platform != "linux":
        return list(arguments)
    return [sys.executable, "-c", DIE_WITH_PARENT, str(os.getpid()), *arguments]


def _tell(lines: IO[str] | None, on_line: Callable[[str], object]) -> None:
    for line in lines or ():
        on_line(line)


def _error_line(lines: IO[str] | None, quiet: bool) -> str:
    found = ""
    for line in lines or ():
        if line.startswith(PREFIX):
            found = line.removeprefix(PREFIX).strip()
        elif not quiet:
            sys.stderr.write(printable(line))
    return found
