"""A running app: uvicorn on a free loopback port, a MongoDB database of the test's own."""

import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import structlog
from starlette.routing import BaseRoute

from ingest.shared.indexes import PROBES
from ingest.shared.mongo import CdpDatabase, database_of, new_client
from ingest.shared.seeds import SEEDS, read_accounts
from loaders.app import AppSettings, create_app
from loaders.app.auth import VIEW_CUSTOMERS
from loaders.app.doors.patience import PatientProtocol
from loaders.app.serve import server_of
from loaders.jobs.store import Jobs
from loaders.upkeep.indexes import ensure_indexes
from tests.loaders.conftest import (
    with_database as with_database,  # the pages' tests take it from here
)
from tests.places.moments import moment

USERNAME, PASSWORD, SECRET = "s2s-caller", "correct-horse-battery", "k" * 48
ACCOUNTS = """\
account,company_sso_id,crm_organization_id,migration_enabled,link_history,display_name
demo-small,company-a,101,true,false,Company A
demo-medium,company-b,102,true,false,Company B
demo-off,company-off,103,false,false,Switched off
"""


@dataclass(frozen=True)
class Service:
    """The running app, and the database that it uses."""

    settings: AppSettings
    database: CdpDatabase
    url: str

    def jobs(self, account: str = "demo-small") -> Jobs:
        """Return the jobs of an account."""
        return Jobs(self.database, read_accounts(self.settings.seeds)[account])

    def pass_probe(self, company: str = "company-a", *, passed: bool = True) -> None:
        """Store a probe of a company."""
        verdict = "pass" if passed else "fail"
        gate: dict[str, Any] = {
            "gate": "indexes",
            "found": "5",
            "needed": "6",
            "verdict": verdict,
            "hint": "",
        }
        gate["details"] = {"missing": ["activity_logs"]}
        probe = {
            "company_sso_id": company,
            "passed": passed,
            "probed_at": moment(),
            "gates": [gate],
        }
        self.database[PROBES].insert_one(probe)

    def clear(self) -> None:
        """Empty every collection."""
        for name in self.database.list_collection_names():
            self.database[name].delete_many({})

    def client(self, **options: Any) -> httpx.Client:
        """Return a client without credentials."""
        return httpx.Client(base_url=self.url, timeout=30, **options)

    def as_service(self) -> httpx.Client:
        """Return a client with the basic credentials."""
        return self.client(auth=(USERNAME, PASSWORD))

    def as_person(
        self, company: str = "company-a", permissions: tuple[str, ...] = (VIEW_CUSTOMERS,)
    ) -> httpx.Client:
        """Return a client with the session of a person of a company."""
        token = session_token(company_sso_id=company, permissions=list(permissions))
        return self.client(headers={"Authorization": f"Bearer {token}"})


def session_token(key: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """Sign a session; a claim that is None is left out."""
    usual: dict[str, Any] = {
        "sub": "person-1",
        "company_sso_id": "company-a",
        "permissions": [VIEW_CUSTOMERS],
        "exp": datetime.now(UTC) + timedelta(minutes=5),
    }
    merged = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(merged, key, algorithm)


@pytest.fixture(scope="session")
def running_app(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The app, once for all tests; what it logs here nobody reads."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    seeds = tmp_path_factory.mktemp("seeds")
    (seeds / "accounts.csv").write_text(ACCOUNTS)
    (seeds / "denied_fields.csv").write_text((SEEDS / "denied_fields.csv").read_text())
    url = with_database(servers.env["CDP_MONGO_URL"], f"app_{uuid.uuid4().hex[:12]}")
    var_dir = tmp_path_factory.mktemp("var")
    settings = AppSettings(
        url,
        USERNAME,
        PASSWORD,
        SECRET,
        seeds=Path(seeds),
        var_dir=var_dir,
        slowest_refusal_s=0.0,
    )
    with new_client(url) as client, serving(settings) as base:
        database = database_of(client)
        yield Service(settings, database, base)
        client.drop_database(database.name)


@pytest.fixture
def service(running_app: Service) -> Service:
    """The app with nothing in its database but the indexes."""
    ensure_indexes(running_app.database)
    running_app.clear()
    return running_app


class serving:  # noqa: N801 - reads as a verb where it is used
    """Serve an app on a free port while the block runs; gives its URL."""

    def __init__(
        self,
        settings: AppSettings,
        *routes: BaseRoute,
        http: type[PatientProtocol] = PatientProtocol,
    ) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = server_of(create_app(settings, routes), http)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> str:
        """Start it; the socket listens already, so that no request is refused."""
        self._thread.start()
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
