"""An account's place in the session's servers: databases of its own, emptied by dropping them."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from pymongo import MongoClient

from ingest.shared.mongo import CdpDatabase, connected
from ingest.shared.seeds import Account, find_account
from ingest.shared.settings import ROOT, Settings
from loaders.upkeep.indexes import ensure_indexes
from tests.places import warm
from tests.places.mart_sources import AUDITS, write_sources
from tests.places.warehouses import audits_of, mart_row, write_warehouse


@dataclass(frozen=True)
class Place:
    """One account with a MongoDB, a PostgreSQL and a folder of its own."""

    account: Account
    settings: Settings
    database: CdpDatabase
    env: dict[str, str]

    @property
    def folder(self) -> Path:
        """The account's folder below `var`."""
        return self.settings.var_dir / self.account.account

    def fill(
        self,
        logs: Iterable[dict[str, Any]],
        outcomes: dict[int, tuple[str, str]] | None = None,
    ) -> None:
        """Write the warehouse, and the audits that its mart comes from."""
        rows, others = list(logs), outcomes or {}
        write_warehouse(self.folder, rows, others)
        write_sources(self.settings.crm_url, self.database, audits_of(rows, others))

    def fill_with(self, count: int) -> None:
        """Write a warehouse of so many documents."""
        self.fill(mart_row(audit_id) for audit_id in range(1, count + 1))

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `python -m loaders <arguments> --account …`."""
        return warm.run([warm.python(), *self.arguments(*arguments)[1:]], self.env)

    def arguments(self, *arguments: str) -> list[str]:
        """The command that `run` runs."""
        return [sys.executable, "-m", "loaders", *arguments, "--account", self.account.account]

    def stored(self) -> dict[str, dict[str, Any]]:
        """Every log of the collection by external id, without `_id` and the job."""
        found = {}
        for document in self.database.activity_logs.find({}):
            document.pop("_id")
            document.get("metadata", {}).pop("job_id", None)
            found[document.get("external_id", "native")] = document
        return found

    def job(self) -> dict[str, Any]:
        """The newest job."""
        jobs = self.database.crm_activity_log_migration_jobs
        found = jobs.find_one({}, sort=[("started_at", -1)])
        assert found is not None
        return dict(found)


@pytest.fixture
def place(servers: Any, tmp_path: Path) -> Iterator[Place]:
    """The account demo-small, with nothing in it but the indexes."""
    name = f"loaders_{uuid.uuid4().hex[:12]}"
    admin_url = servers.env["CRM_DEMO_ADMIN_URL"]
    env = os.environ | {
        "CDP_MONGO_URL": with_database(servers.env["CDP_MONGO_URL"], name),
        "CRM_AUDIT_DATABASE_URL": with_database(admin_url, name),
        "VAR_DIR": str(tmp_path / "var"),
        "PYTHONPATH": str(ROOT),
    }
    settings = Settings.from_env(env)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
        with psycopg.connect(settings.crm_url, autocommit=True) as crm:
            crm.execute(AUDITS)
        with connected(settings.mongo_url) as database:
            ensure_indexes(database)
            yield Place(find_account("demo-small"), settings, database, env)
        with MongoClient[dict[str, Any]](settings.mongo_url) as client:
            client.drop_database(name)
        admin.execute(f"drop database {name} with (force)".encode())


def with_database(url: str, name: str) -> str:
    """Return a URL with another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
