"""A program `python` that need not import anything: a process that has done so forks.

A command that is run by them is a process of its own, with its arguments, environment, folder,
streams and exit code, and what it starts by `sys.executable` is warm too. What is killed, signalled,
limited or measured is started by the real `sys.executable`.
"""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
REAL = Path(sys.executable)
DBT = "dbt.cli.main"
QUIET = "ignore:resource_tracker"  # of dbt's lock, which ends with the server
# The program asks the server to fork; what the server cannot run as asked, it runs itself.
PROGRAM = f"""#!{REAL} -IS
import os, sys
arguments = sys.argv[1:]
modules = ("ingest", "ingest.demo", "loaders", "loaders.commands", "{DBT}")
if arguments[0] != "-m" or arguments[1] not in modules or os.environ.get("PYTHONPATH") != {str(ROOT)!r}:
    os.execv({str(REAL)!r}, [{str(REAL)!r}, *arguments])
import json, signal, socket
request = {{{{"arguments": arguments, "env": dict(os.environ), "folder": os.getcwd()}}}}
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
    server.connect({{address!r}})
    socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2])
    code = int(server.recv(16) or -9)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if code not in (-9, -19) else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""


def python() -> str:
    """Return the program that stands for `sys.executable`."""
    return str(_folder() / "python")


def dbt() -> list[str]:
    """Return the command that stands for dbt's."""
    return [python(), "-m", DBT]


def run(
    arguments: Sequence[str], env: Mapping[str, str], *, timeout: int = 300, folder: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, and return what it printed."""
    return subprocess.run(
        arguments,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@cache
def _folder() -> Path:
    """Start the server, which ends with this process, and write the program."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    address = f"\0{folder}"  # a name, no file: its length does not matter
    (folder / "python").write_text(PROGRAM.format(address=address))
    (folder / "python").chmod(0o700)
    end, ours = os.pipe()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(64)
        arguments = [str(listener.fileno()), str(end), str(folder / "python")]
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.places.warm_server", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": QUIET},
            pass_fds=(listener.fileno(), end),
            start_new_session=True,
        )
    os.close(end)
    atexit.register(_stop, server, ours, folder)
    return folder


def _stop(server: "subprocess.Popen[bytes]", end: int, folder: Path) -> None:
    os.close(end)
    server.wait()
    shutil.rmtree(folder)
