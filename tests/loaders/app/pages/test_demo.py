"""`make demo SERVE=1`: pages of the demo with credentials of their own, and no way else."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account
from ingest.shared.settings import ROOT
from loaders.commands.demo_pages import session_route
from tests.loaders.app.conftest import Service, serving, session_token, with_database
from tests.loaders.app.filling import CUSTOMER, fill_contact, migrated_log, native_log, put_job

ACCOUNT = find_account("demo-small")


def test_a_link_opens_its_session(service: Service) -> None:
    """The cookie is set, the contact shown; the link's key is all that is needed."""
    fill_contact(service.database, native_log())
    route = session_route({"key": (session_token(), CUSTOMER)})
    settings = replace(service.settings, secure_cookies=False)
    with (
        serving(settings, route) as url,
        httpx.Client(base_url=url, follow_redirects=True) as client,
    ):
        answer = client.get("/demo-session/key")
        assert (answer.status_code, answer.url.path) == (200, f"/contacts/{CUSTOMER}")
        assert "HttpOnly" in answer.history[0].headers["set-cookie"]
        assert client.get("/demo-session/other").status_code == 404


def test_outside_the_demo_there_is_no_link(service: Service) -> None:
    """404, and no cookie."""
    with service.client() as client:
        answer = client.get("/demo-session/key")
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


@pytest.fixture
def env(servers: Any, tmp_path: Path) -> Any:
    """A CDP of the test's own, where demo-small is migrated."""
    url = with_database(servers.env["CDP_MONGO_URL"], f"demo_{tmp_path.name[:20]}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    company = {"company_sso_id": ACCOUNT.company_sso_id}
    with connected(url) as database:
        fill_contact(database, native_log(), migrated_log(1))
        put_job(database, "completed")
        for name in ("activity_logs", "contacts", "crm_activity_log_migration_jobs"):
            database[name].update_many({}, {"$set": company})
    changes = {"CDP_MONGO_URL": url, "PORT": str(port), "VAR_DIR": str(tmp_path)}
    yield {**os.environ, **servers.env, "PYTHONPATH": str(ROOT)} | changes
    with MongoClient[dict[str, Any]](url) as client:
        client.drop_database(client.get_default_database().name)


def test_the_demo_is_served_with_what_it_printed(env: Mapping[str, str]) -> None:
    """No secret is asked for, what is migrated stays, both pages open, and Ctrl-C ends it with 0."""
    command = [sys.executable, "-m", "loaders", "demo", ACCOUNT.account, "--serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        while "serving" not in demo.stderr.readline():
            assert demo.poll() is None
        printed = ""
        while "demo-session" not in printed:
            printed += demo.stdout.readline()
        link = re.search(r"a contact of demo-small: (http\S+)", printed)
        user = re.search(r"user (\S+), password (\S+)", printed)
        assert link is not None
        assert user is not None
        timeline = httpx.get(link[1], follow_redirects=True)
        operations = httpx.get(httpx.URL(link[1]).join("/ops"), auth=(user[1], user[2]))
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate(timeout=60)
    assert (timeline.status_code, operations.status_code) == (200, 200)
    assert timeline.text.count("Migrated from CRM</span>") == 1
    assert ACCOUNT.display_name in operations.text
    assert demo.returncode == 0, said
