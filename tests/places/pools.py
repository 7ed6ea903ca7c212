"""A real PgBouncer before a PostgreSQL, for as long as a test needs it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from ingest.demo.servers.programs import free_port

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
NEEDS_PGBOUNCER = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")
SETTINGS = """
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
default_pool_size = 1
max_client_conn = 100
logfile = {log}
{more}
"""


@contextmanager
def pooled(url: str, mode: str, more: str = "", port: int | None = None) -> Iterator[str]:
    """Start a PgBouncer with a pool of one connection; give the URL that goes through it.

    Args:
        url: The PostgreSQL behind it.
        mode: ``session`` or ``transaction``.
        more: Further lines of its settings.
        port: Where it listens; a free port without.
    """
    parts, own_port = urlsplit(url), port or free_port()
    folder = Path(tempfile.mkdtemp(prefix="pool-", dir="/tmp"))
    folder.chmod(0o777)
    users, settings = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text(f'"{parts.username}" "{parts.password or ""}"\n')
    settings.write_text(
        SETTINGS.format(
            host=parts.hostname,
            port=parts.port,
            own_port=own_port,
            users=users,
            mode=mode,
            log=folder / "log",
            more=more,
        )
    )
    as_user = ["-u", "postgres"] if os.geteuid() == 0 else []
    command = [str(PROGRAM), "-q", *as_user, str(settings)]
    through = parts._replace(netloc=parts.netloc.rpartition(":")[0] + f":{own_port}").geturl()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as pool:
        try:
            _wait_for(through)
            yield through
        finally:
            pool.terminate()
            pool.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    for _ in range(100):
        with suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2).close()
            return
        time.sleep(0.1)
    raise AssertionError("pgbouncer does not answer")
