"""A process that has imported everything, and forks for each command that a program asks it to run."""

import atexit
import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryDirectory

from dbt.adapters.factory import reset_adapters
from dbt.cli.main import cli, dbtRunner

from ingest.shared.settings import ROOT
from loaders.transform.build import PROJECT, STAGING
from loaders.transform.parsed import PARSED
from tests.places import shared, warm

IMPORTED = (
    "ingest.extract",
    "ingest.parse",
    "ingest.probe.command",
    "loaders.commands.entrance",
    "anyio",
    "h11",
    "httpcore",
)
LARGEST_REQUEST = 2**20
DIE_WITH_PARENT = (1, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Request:
    """A command: `-m <module>` with its arguments, and what a process inherits."""

    arguments: list[str]
    env: dict[str, str]
    folder: str
    streams: list[int]

    @property
    def is_dbt(self) -> bool:
        """It is dbt's own command line."""
        return self.arguments[1] == warm.DBT


@dataclass(slots=True)
class Forks:
    """The commands that run: each has the connection of the program that waits for it."""

    listener: socket.socket
    end: int
    ready: DefaultSelector = field(default_factory=DefaultSelector)
    running: dict[socket.socket, tuple[int, int]] = field(default_factory=dict)

    def serve(self) -> Request | None:
        """Answer until the tests end; returns in the forks, with what each has to run."""
        self.ready.register(self.listener, EVENT_READ, self._accept)
        self.ready.register(self.end, EVENT_READ, lambda _: os._exit(0))
        while True:
            for key, _ in self.ready.select():
                request: Request | None = key.data(key.fileobj)
                if request is not None:
                    return request

    def _accept(self, _: object) -> None:
        connection, _address = self.listener.accept()
        self.ready.register(connection, EVENT_READ, self._fork)

    def _fork(self, connection: socket.socket) -> Request | None:
        """Fork for a request, which comes once; after it only the program's end is heard."""
        message, streams, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, 3)
        if connection in self.running or not message:
            self._forsake(connection)
            return None
        request = Request(**json.loads(message), streams=streams)
        if request.is_dbt:
            know_project()
        pid = os.fork()
        if pid == 0:
            self._close()
            return request
        for stream in streams:
            os.close(stream)
        self.running[connection] = pid, os.pidfd_open(pid)
        self.ready.register(
            self.running[connection][1], EVENT_READ, lambda _: self._ended(connection)
        )
        return None

    def _forsake(self, connection: socket.socket) -> None:
        """The program is gone: its command goes too."""
        self.ready.unregister(connection)
        if connection in self.running:
            os.kill(self.running[connection][0], signal.SIGKILL)
        else:
            connection.close()

    def _ended(self, connection: socket.socket) -> None:
        """Tell the program how its command ended."""
        pid, handle = self.running.pop(connection)
        _, status = os.waitpid(pid, 0)
        self.ready.unregister(handle)
        os.close(handle)
        with suppress(KeyError, ValueError):
            self.ready.unregister(connection)
        with suppress(OSError), connection:
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _close(self) -> None:
        self.ready.close()
        self.listener.close()
        for connection, (_, handle) in self.running.items():
            connection.close()
            os.close(handle)


@cache
def know_project() -> None:
    """Let dbt read the project, and with it make the code that reads and writes its nodes.

    The first time of all it parses, in a fork: that opens the warehouse, which no fork may share.
    """
    with TemporaryDirectory() as folder:
        shared.take(Path(folder))
        if not (Path(folder) / PARSED).exists():
            pid = os.fork()
            if pid == 0:
                parse(Path(folder))
                os._exit(0)
            os.waitpid(pid, 0)
            shared.give(Path(folder))
        parse(Path(folder))


def parse(target: Path) -> None:
    """Run `dbt parse` in this process."""
    os.environ["STAGING_PATH"] = STAGING
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(ROOT), "--quiet"]
    options += ["--log-level-file", "none", "--target-path", str(target)]
    dbtRunner().invoke(["parse", *options])
    reset_adapters()  # type: ignore[no-untyped-call]


def run(request: Request) -> None:
    """Become the command, to its end."""
    ctypes.CDLL(None).prctl(*DIE_WITH_PARENT)
    for stream, inherited in enumerate(request.streams):
        os.dup2(inherited, stream)
        os.close(inherited)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.env)
    code: object = None
    try:
        (dbt if request.is_dbt else module)(request.arguments)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    end(code)


def module(arguments: list[str]) -> None:
    """Run `-m <module> <arguments>`."""
    sys.argv = arguments[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def dbt(arguments: list[str]) -> None:
    """Run dbt; the first one parses the project for all."""
    sys.argv = arguments[1:]
    target = Path(arguments[arguments.index("--target-path") + 1])
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (target / PARSED).exists():
        shared.take(target)
    try:
        cli()
    finally:
        shared.give(target)


def end(code: object) -> None:
    """End as a process does, but do not take apart what was imported: that takes a second."""
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def main() -> None:
    """Import, then serve on a socket that the tests made; they end it by closing a pipe."""
    listener, pipe, sys.executable = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a fork copies no page of what was imported only to count references
    request = Forks(socket.socket(fileno=listener), pipe).serve()
    if request is not None:
        run(request)


if __name__ == "__main__":
    main()
