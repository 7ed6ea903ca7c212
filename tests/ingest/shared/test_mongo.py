"""A MongoDB that hangs, or is away, is noticed; what it refuses for good is told apart."""

import os
import signal
import time
from pathlib import Path

import pytest

from ingest.demo.servers import mongod
from ingest.demo.servers.programs import free_port
from ingest.shared.errors import CdpError
from ingest.shared.mongo import connected, new_client, translated


def test_every_client_has_time_outs() -> None:
    """For a server that is away and for one that hangs; the URL's own go first."""
    with new_client("mongodb://127.0.0.1:1/cdp?socketTimeoutMS=5000") as client:
        assert client.options.pool_options.socket_timeout == 5
        assert client.options.pool_options.connect_timeout == 10
        assert client.options.server_selection_timeout == 10
    with new_client("mongodb://127.0.0.1:1/cdp") as client:
        assert client.options.pool_options.socket_timeout == 60


def test_a_frozen_server_is_a_passing_fault(tmp_path: Path) -> None:
    """SIGSTOP: the question ends with an error that may pass, not never."""
    server = mongod.start(tmp_path)
    url = f"{server.url}&socketTimeoutMS=500&serverSelectionTimeoutMS=500"
    try:
        with new_client(url) as client:
            client.admin.command("ping")
            os.kill(server.process.pid, signal.SIGSTOP)
            stat = Path(f"/proc/{server.process.pid}/stat")
            while stat.read_text().rpartition(")")[2].split()[0] != "T":  # on a busy machine
                time.sleep(0.01)
            began = time.monotonic()
            with pytest.raises(CdpError) as failed, translated():
                client.admin.command("ping")
        assert failed.value.is_passing
        assert time.monotonic() - began < 10
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
        server.stop()


def test_a_server_that_is_away_is_a_passing_fault() -> None:
    """Nobody listens there, today."""
    url = f"mongodb://127.0.0.1:{free_port()}/cdp?serverSelectionTimeoutMS=200"
    with pytest.raises(CdpError) as failed, connected(url):
        pass
    assert failed.value.is_passing
