"""Sources of each test, in the session's real servers."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from pymongo import MongoClient

from tests.places.crm_sources import TABLES, Sources, usman_server


@pytest.fixture
def sources(servers: Any, tmp_path: Path) -> Iterator[Sources]:
    """Two hundred audits, a handful of users, and a database of its own in each server."""
    name = f"ingest_{uuid.uuid4().hex[:12]}"
    admin_url = servers.env["CRM_DEMO_ADMIN_URL"]
    mongo_url = _with_database(servers.env["CDP_MONGO_URL"], name)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
        with usman_server() as usman:
            sources = Sources(_with_database(admin_url, name), mongo_url, usman, tmp_path / "var")
            sources.crm(TABLES)
            sources.add_audits(1, 300)
            sources.crm(
                "insert into users select number, case when number < 5 then 101 else 900 end, "
                "'User' || number || '@Example.com', 'Name ' || number "
                "from generate_series(1, 20) as number"
            )
            yield sources
        with MongoClient[dict[str, Any]](mongo_url) as client:
            client.drop_database(name)
        admin.execute(f"drop database {name} with (force)".encode())


def _with_database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
