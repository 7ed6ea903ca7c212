"""A Dask cluster as the fleet's README starts it, whose parts can be killed (rule: fleet)."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SPAWNED = "spawn_main"
GONE_S = 120
SETTINGS = {
    "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1000",
}


@dataclass(slots=True)
class Cluster:
    """A scheduler and its workers, started as the fleet's README says.

    Args:
        folder: The project that they run.
        env: Where the accounts are.
        worker_count: How many processes one machine's program starts.
    """

    folder: Path
    env: Mapping[str, str]
    worker_count: int
    port: int = 0
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The scheduler's."""
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start both."""
        self.start_scheduler()
        self.start_workers()

    def start_scheduler(self) -> None:
        """Start a scheduler, to which nobody is connected."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._start_scheduler()

    def start_workers(self) -> None:
        """Start the program of one machine's workers."""
        workers = ("--nworkers", str(self.worker_count), "--nthreads", "1", "--memory-limit", "0")
        self._start("worker", self.address, "--host", "127.0.0.1", *workers)

    def kill_scheduler(self) -> None:
        """Kill it, and start another one in its place; workers end with it, and are supervised."""
        self.running["scheduler"].kill()
        self.running["scheduler"].wait()
        self._start_scheduler()
        self.running["worker"].wait(GONE_S)
        self.start_workers()

    def kill_worker(self, chance: random.Random) -> bool:
        """Kill a worker; say whether there was one."""
        parent = psutil.Process(self.running["worker"].pid)
        workers = [each for each in parent.children() if SPAWNED in " ".join(each.cmdline())]
        if not workers:
            return False
        chance.choice(workers).kill()
        return True

    def end(self) -> None:
        """End everything, and what it has started."""
        for process in self.running.values():
            tree = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGKILL)
            process.wait()
            for child in tree:
                if child.is_running():
                    child.kill()

    def _start_scheduler(self) -> None:
        self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port))

    def _start(self, program: str, *options: str) -> None:
        self.running[program] = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{program}", "--no-dashboard", *options],
            cwd=self.folder,
            env={**os.environ, **self.env, **SETTINGS, "PYTHONPATH": str(self.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
