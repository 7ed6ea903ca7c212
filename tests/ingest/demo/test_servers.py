"""The embedded servers start, are shared, and leave nothing behind (rule: commands)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import ReadOnlySqlTransaction
from pymongo import MongoClient

pytestmark = pytest.mark.usefixtures("own_servers")

ROOT = Path(__file__).parents[3]
VARIABLES = ("CRM_AUDIT_DATABASE_URL", "CDP_MONGO_URL", "USMAN_URL", "CRM_DEMO_ADMIN_URL")


class Wrapped:
    """Commands run through `python -m ingest.demo` in a `VAR_DIR` of their own."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir

    def start(self, *command: str, **changes: str) -> "subprocess.Popen[str]":
        """Start a command on the embedded servers."""
        env = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        return subprocess.Popen(
            [sys.executable, "-m", "ingest.demo", "--account", "demo-small", "--", *command],
            cwd=ROOT,
            env=env | {"VAR_DIR": str(self.var_dir), "PYTHONPATH": str(ROOT)} | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, **changes: str) -> tuple[int, str, str]:
        """Run a command to its end: exit code, output, errors."""
        process = self.start(*command, **changes)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def processes(self) -> dict[int, str]:
        """Command lines of the living processes that name this folder, by their ids."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.var_dir) in line:
                found[int(path.parent.name)] = line
        return found

    def keeper(self) -> int:
        """The id of the one keeper of this folder, which a command of ours has started."""
        (pid,) = [
            pid for pid, line in self.processes().items() if "ingest.demo.servers.keeper" in line
        ]
        return pid


@pytest.fixture(scope="module")
def wrapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wrapped]:
    """One folder for the module: its servers are made once."""
    found = Wrapped(tmp_path_factory.mktemp("var"))
    yield found
    assert eventually(lambda: not found.processes())


def eventually(holds: Callable[[], bool], wait_s: float = 30) -> bool:
    """Wait until something holds; say whether it does."""
    deadline = time.monotonic() + wait_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def test_a_command_finds_the_variables_and_its_exit_code_is_passed_on(wrapped: Wrapped) -> None:
    """Every variable is set, the code is the command's own, and no process stays."""
    code, output, errors = wrapped.run("sh", "-c", "env; exit 7")
    assert code == 7, errors
    names = {line.partition("=")[0] for line in output.splitlines()}
    assert {*VARIABLES, "USMAN_USERNAME", "USMAN_PASSWORD"} <= names
    assert wrapped.processes() == {}


def test_two_commands_at_once_share_the_servers(wrapped: Wrapped) -> None:
    """Both see the same address, and the first to end does not take the servers away."""
    show = 'echo "$CRM_AUDIT_DATABASE_URL"'
    short = wrapped.start("sh", "-c", f"{show}; sleep 1")
    long = wrapped.start("sh", "-c", f"{show}; sleep 4; {alive_check()}")
    first, second = short.communicate(timeout=90)[0], long.communicate(timeout=90)[0]
    assert first.split()[0] == second.split()[0]
    assert second.split()[1] == "alive"
    assert (short.returncode, long.returncode) == (0, 0)
    assert wrapped.processes() == {}


def alive_check() -> str:
    """A shell command that prints `alive` when PostgreSQL answers."""
    code = "import os, psycopg; psycopg.connect(os.environ['CRM_AUDIT_DATABASE_URL'])"
    return f'{sys.executable} -c "{code}" && echo alive'


def test_a_killed_user_leaves_no_server_behind(wrapped: Wrapped) -> None:
    """After `kill -9` of the wrapper the keeper stops the servers and goes."""
    process = wrapped.start("sh", "-c", "echo up; sleep 5")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert wrapped.processes()
    process.kill()
    process.communicate()
    assert eventually(lambda: not wrapped.processes())


def test_a_killed_keeper_takes_its_servers_along(wrapped: Wrapped) -> None:
    """The kernel ends the servers, and the next command starts with the same data."""
    process = wrapped.start("sh", "-c", "echo up; sleep 2")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    os.kill(wrapped.keeper(), signal.SIGKILL)
    process.communicate(timeout=60)
    assert eventually(lambda: not wrapped.processes())
    count = "import os, psycopg; print(psycopg.connect(os.environ['CRM_AUDIT_DATABASE_URL'])"
    count += ".execute('select count(*) from audits').fetchone()[0])"
    code, output, errors = wrapped.run(sys.executable, "-c", count)
    assert (code, int(output or 0) > 15_000) == (0, True), errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command(wrapped: Wrapped, number: signal.Signals) -> None:
    """The command decides how it ends, and its code is handed on."""
    code = "import signal, sys, time\n"
    code += f"signal.signal({int(number)}, lambda *_: sys.exit(42))\n"
    code += "print('up', flush=True)\ntime.sleep(60)"
    process = wrapped.start(sys.executable, "-c", code)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 42


def test_a_command_ended_by_a_signal_has_a_shells_code(wrapped: Wrapped) -> None:
    """128 and the signal's number, as every shell tells it."""
    assert wrapped.run("sh", "-c", "kill -TERM $$")[0] == 128 + signal.SIGTERM


def test_a_killed_user_takes_its_command_along(wrapped: Wrapped) -> None:
    """A command does not go on without the servers that it was given."""
    code = "import time; print('up', flush=True); time.sleep(60)"
    process = wrapped.start(sys.executable, "-c", code, str(wrapped.var_dir))
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.kill()
    process.communicate()
    assert eventually(lambda: not wrapped.processes())


def test_with_every_url_set_nothing_is_started(tmp_path: Path) -> None:
    """The command runs as it is, with the URLs that it was given."""
    own = Wrapped(tmp_path / "var")
    urls = {name: f"x://{name}" for name in VARIABLES[:3]}
    code, output, errors = own.run("sh", "-c", 'echo "$CDP_MONGO_URL"', **urls)
    assert (code, output, errors) == (0, "x://CDP_MONGO_URL\n", "")
    assert not own.var_dir.exists()


def test_real_and_embedded_systems_are_not_mixed(tmp_path: Path) -> None:
    """A command for every account, with one URL set, runs as it is and misses the others."""
    env = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    options = ["--all", "--unmixed", "--", "sh", "-c", 'echo "$CDP_MONGO_URL,$USMAN_URL"']
    done = subprocess.run(
        [sys.executable, "-m", "ingest.demo", *options],
        cwd=tmp_path,
        env=env | {"VAR_DIR": "var", "PYTHONPATH": str(ROOT), "CDP_MONGO_URL": "x://own"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "x://own,\n")
    assert not (tmp_path / "var").exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """One line names the server and what its log said last."""
    data = tmp_path / "var" / "demo" / "mongod"
    data.mkdir(parents=True)
    (data / "data").write_text("a file where a folder should be")
    (data / "WiredTiger").write_text("not a database")
    code, _, errors = Wrapped(tmp_path / "var").run("true")
    assert code == 1
    assert errors.startswith("error: ")
    assert "Traceback" not in errors


def test_the_reader_may_only_read(servers: Any) -> None:
    """The role of the pipeline cannot write, as the probe asks (rule: gates)."""
    url = servers.env["CRM_AUDIT_DATABASE_URL"]
    with psycopg.connect(url) as crm, pytest.raises(ReadOnlySqlTransaction):
        crm.execute("delete from audits")


def test_mongodb_is_a_writable_primary(servers: Any) -> None:
    """A replica set of one, so majority and journaled writes mean something (rule: loading)."""
    url = servers.env["CDP_MONGO_URL"]
    with MongoClient[dict[str, Any]](url) as client:
        hello = client.admin.command("hello")
    assert (hello["setName"], hello["isWritablePrimary"]) == ("rs0", True)
