"""The whole path, run once for every demo account on real servers."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bson import encode
from pymongo import MongoClient

from tests.places import shared, warm

ROOT = Path(__file__).parents[2]
COMPANY_IDS = {
    "demo-small": "11111111-1111-4111-8111-111111111111",
    "demo-medium": "22222222-2222-4222-8222-222222222222",
    "demo-trouble": "33333333-3333-4333-8333-333333333333",
    "demo-gem": "44444444-4444-4444-8444-444444444444",
    "demo-other": "55555555-5555-4555-8555-555555555555",
}
ORGANIZATION_IDS = {
    "demo-small": 101,
    "demo-medium": 102,
    "demo-trouble": 103,
    "demo-gem": 3,
    "demo-other": 105,
}

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(servers: Any, **changes: str | None) -> dict[str, str]:
    """The servers' variables over this process's own, with some changed or taken away."""
    merged = {**os.environ, **servers.env, "VAR_DIR": str(servers.var_dir), "PYTHONPATH": str(ROOT)}
    merged.update({name: value for name, value in changes.items() if value is not None})
    return {name: value for name, value in merged.items() if changes.get(name, "") is not None}


@pytest.fixture(scope="session")
def command(servers: Any) -> Run:
    """Runs `python -m <arguments>` in the project and returns what it printed."""

    def run(*arguments: str, **changes: str | None) -> "subprocess.CompletedProcess[str]":
        return warm.run([warm.python(), "-m", *arguments], environment(servers, **changes))

    return run


@pytest.fixture(scope="session")
def mongo(servers: Any) -> Iterator[Any]:
    """The CDP's database."""
    with MongoClient[dict[str, Any]](servers.env["CDP_MONGO_URL"], tz_aware=True) as client:
        yield client.get_default_database()


@pytest.fixture(scope="session")
def crm(servers: Any) -> Iterator[psycopg.Connection[Any]]:
    """The CRM's database, with the role that may only read."""
    with psycopg.connect(servers.env["CRM_AUDIT_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def native_hash(mongo: Any) -> str:
    """The CDP's own logs before anything was migrated."""
    return hash_of(mongo, {"source_tag": {"$exists": False}})


@pytest.fixture(scope="session")
def migrated(servers: Any, command: Run, native_hash: str) -> Run:
    """Every demo account probed and migrated once, the troubled one by force."""
    assert native_hash
    shared.take(servers.var_dir)
    for account in COMPANY_IDS:
        probed = command("ingest", "probe", "--account", account)
        force = ["--force"] if account == "demo-trouble" else []
        assert probed.returncode == (3 if force else 0), probed.stdout + probed.stderr
        done = command("loaders", "migrate", "--account", account, *force)
        assert done.returncode == 0, done.stdout + done.stderr
        shared.give(servers.var_dir)
    return command


def hash_of(mongo: Any, query: dict[str, Any]) -> str:
    """One hash over every byte of the documents that a query finds, `_id` included."""
    digest = hashlib.sha256()
    for document in mongo.activity_logs.find(query).sort("_id", 1):
        digest.update(encode(document))
    return digest.hexdigest()


def last_job(mongo: Any, account: str) -> dict[str, Any]:
    """The account's newest job document."""
    query = {"company_sso_id": COMPANY_IDS[account]}
    job = mongo.crm_activity_log_migration_jobs.find_one(query, sort=[("started_at", -1)])
    assert job is not None
    return dict(job)
