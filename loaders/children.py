"""Runs another stage as a child that dies with this process and whose error line is ours."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from loaders.settings import ROOT

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


def run_child(
    name: str, arguments: Sequence[str], env: Mapping[str, str], *, quiet: bool = False
) -> ChildProblem | None:
    """Run a command in the project's folder and wait for it.

    Args:
        name: What it is, for the message when it says nothing itself.
        arguments: The command and its arguments.
        env: Its environment.
        quiet: Keep its standard output back.

    Returns:
        None when it succeeded. Its error line is returned, not printed; other lines of its
        standard error pass through unless it is quiet.
    """
    process = subprocess.Popen(  # noqa: S603 - our own stages
        _with_parent(arguments),
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    try:
        last_error = _error_line(process.stderr, quiet)
        exit_code = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if exit_code == 0:
        return None
    return ChildProblem(exit_code, last_error or f"{name} ended with exit code {exit_code}")


def _with_parent(arguments: Sequence[str]) -> list[str]:
    if sys.platform != "linux":
        return list(arguments)
    return [sys.executable, "-c", DIE_WITH_PARENT, str(os.getpid()), *arguments]


def _error_line(lines: IO[str] | None, quiet: bool) -> str:
    found = ""
    for line in lines or ():
        if line.startswith(PREFIX):
            found = line.removeprefix(PREFIX).strip()
        elif not quiet:
            sys.stderr.write(line)
    return found
