"""Children that need not import anything: they fork from a process that has done so.

The process is the forkserver of `multiprocessing`; it ends with this one, and with it what it has
forked. A child has its arguments, environment, folder and streams, as one that is started anew.
"""

import os
import runpy
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self, TextIO

_server: ForkServerContext | None = None


def keep_warm(modules: Sequence[str]) -> None:
    """Let children that are started from now on fork from a process that has imported these."""
    global _server
    _server = get_context("forkserver")
    _server.set_forkserver_preload(list(modules))


def is_warm(arguments: Sequence[str]) -> bool:
    """Tell whether a command can fork: it is a module of this environment."""
    return _server is not None and list(arguments[:2]) == [sys.executable, "-m"]


class WarmChild:
    """A command that runs in a fork.

    Args:
        arguments: The command, for which `is_warm` holds.
        env: Its environment.
        folder: Where it works.
        quiet: Drop its standard output.
    """

    stdout = None

    def __init__(
        self, arguments: Sequence[str], env: Mapping[str, str], folder: Path, *, quiet: bool
    ) -> None:
        if _server is None:
            raise RuntimeError("keep_warm was not called")
        lines, written = _server.Pipe(duplex=False)
        self._process = _server.Process(
            target=_run, args=(list(arguments[2:]), dict(env), str(folder), written, quiet)
        )
        self._process.start()
        written.close()
        self.stderr: TextIO = os.fdopen(os.dup(lines.fileno()), encoding="utf-8", errors="replace")
        lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.join()
        self.stderr.close()

    def wait(self) -> int:
        """Wait for its end; return its exit code. One that nobody knows is no success."""
        self._process.join()
        code = self._process.exitcode
        return 1 if code is None else code

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


def _die_with(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)


def _run(
    arguments: list[str], env: dict[str, str], folder: str, written: Connection, quiet: bool
) -> None:
    """Become the command; whose parent dies dies with it, also while that one's server lives on."""
    if parent := parent_process():
        threading.Thread(target=_die_with, args=[parent], daemon=True).start()
    os.dup2(written.fileno(), sys.stderr.fileno())
    if quiet:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = arguments
    sys.modules.pop(arguments[0], None)  # its main part has yet to run
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
