"""Keeps the demo's servers for as long as a command uses them: `python -m ingest.demo.servers.keeper`.

Every command that uses the servers holds a shared lock on a file. When the keeper can take the
lock for itself alone nobody does, a command that was killed included, and it stops the servers.
"""

import fcntl
import json
import os
import secrets
import sys
import threading
import time
from pathlib import Path

import uvicorn

from ingest.demo.errors import DemoError
from ingest.demo.servers import mongod, postgres, programs
from ingest.demo.servers.usman_service import create_app

USMAN_USERNAME = "migration"
POLL_SECONDS = 0.3


def keep(folder: Path) -> None:
    """Start the servers, tell their addresses in `servers.json`, stop them when nobody is left."""
    crm = postgres.start(folder / "postgres")
    try:
        cdp = mongod.start(folder / "mongod")
        try:
            usman, url, password = _start_usman(folder)
            _tell(
                folder / "servers.json",
                {
                    "CRM_AUDIT_DATABASE_URL": crm.reader_url,
                    "CRM_DEMO_ADMIN_URL": crm.admin_url,
                    "CDP_MONGO_URL": cdp.url,
                    "LAKE_CATALOG_URL": crm.lake_url,
                    "USMAN_URL": url,
                    "USMAN_USERNAME": USMAN_USERNAME,
                    "USMAN_PASSWORD": password,
                },
            )
            _wait_until_unused(folder)
            usman.should_exit = True
        finally:
            cdp.stop()
    finally:
        crm.stop()


def _start_usman(folder: Path) -> tuple[uvicorn.Server, str, str]:
    password, port = secrets.token_hex(16), programs.free_port()
    app = create_app(folder / "usman.json", USMAN_USERNAME, password)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return server, f"http://127.0.0.1:{port}", password


def _tell(path: Path, addresses: dict[str, str]) -> None:
    """Write the addresses whole or not at all, for this user's eyes only."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(addresses, indent=2))
    fresh.replace(path)


def _wait_until_unused(folder: Path) -> None:
    with (folder / "users.lock").open("a") as users:
        while True:
            time.sleep(POLL_SECONDS)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            (folder / "servers.json").unlink(missing_ok=True)
            return


def main() -> None:
    """Keep the servers of the folder named, unless another keeper does."""
    folder = Path(sys.argv[1])
    with (folder / "keeper.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            keep(folder)
        except DemoError as error:
            (folder / "error").write_text(str(error))
            os._exit(error.exit_code)


if __name__ == "__main__":
    main()
