"""The app as a process: what it logs, what it loads, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account
from ingest.shared.settings import ROOT
from loaders.app.models import ErrorAnswer
from loaders.jobs.store import Jobs
from loaders.upkeep.indexes import ensure_indexes
from tests.loaders.app.conftest import PASSWORD, SECRET, USERNAME, session_token
from tests.loaders.app.documents import record
from tests.loaders.conftest import with_database

COMPANY = "11111111-1111-4111-8111-111111111111"
PERSONAL = ("Änne", "customer-1", "top-secret-value", "a comment on Änne", "person-1")


@pytest.fixture
def env(servers: Any) -> Iterator[dict[str, str]]:
    """The variables of the app, with a database of its own."""
    url = with_database(servers.env["CDP_MONGO_URL"], f"serve_{uuid.uuid4().hex[:12]}")
    with connected(url) as database:
        ensure_indexes(database)
        yield (
            os.environ
            | servers.env
            | {
                "CDP_MONGO_URL": url,
                "MIGRATION_BASIC_USERNAME": USERNAME,
                "MIGRATION_BASIC_PASSWORD": PASSWORD,
                "IAG_SESSION_SECRET": SECRET,
                "VAR_DIR": str(servers.var_dir),
                "PORT": "0",
                "PYTHONPATH": str(ROOT),
            }
        )
        database.client.drop_database(database.name)


@contextmanager
def served(env: dict[str, str], *options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Serve as a process; gives it and the URL that it logs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "loaders", "serve", *options],
        cwd=ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        for line in process.stderr:
            if "url" in (told := json.loads(line)):
                break
        yield process, told["url"]
    finally:
        process.kill()
        process.communicate()


def wait_for(process: "subprocess.Popen[str]", event: str) -> None:
    """Read its log up to an event; without one the process's end fails the test."""
    assert process.stderr
    assert any(json.loads(line)["event"] == event for line in process.stderr)


def stopped(process: "subprocess.Popen[str]", number: int) -> list[dict[str, Any]]:
    """End it by a signal; gives what it logged."""
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return [json.loads(line) for line in said.splitlines()]


def test_logs_are_json_without_secrets_or_personal_data(env: dict[str, str]) -> None:
    """Method, route and status; neither parameters, bodies, headers nor names."""
    change = {"field": "note", "from": None, "to": "top-secret-value"}
    pushed = record(1, company_sso_id=COMPANY, metadata={"comment": "a comment on Änne"})
    token = session_token(company_sso_id=COMPANY)
    with served(env) as (process, url), httpx.Client(base_url=url) as client:
        path = "/private/activity_logs/migrate"
        body = {"records": [pushed | {"changes": [change]}]}
        assert client.post(path, json=body, auth=(USERNAME, PASSWORD)).json()["inserted"] == 1
        assert client.post(path, json=body, auth=(USERNAME, "wrong-one")).status_code == 401
        query = {"customer_id": "customer-1"}
        headers = {"Authorization": f"Bearer {token}"}
        logs = client.get("/v1/activity_logs", params=query, headers=headers).json()
        assert logs["activity_logs"][0]["changes"] == [change]
        lines = stopped(process, signal.SIGTERM)
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in requests] == [
        ("POST", path, 200),
        ("POST", path, 401),
        ("GET", "/v1/activity_logs", 200),
    ]
    text = json.dumps(lines, ensure_ascii=False)
    assert not [word for word in (*PERSONAL, PASSWORD, SECRET, token, "wrong-one") if word in text]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_app_and_worker_end_together(env: dict[str, str], number: int) -> None:
    """One Ctrl-C, or one SIGTERM, ends both in order."""
    with served(env, "--worker") as (process, url):
        assert httpx.get(f"{url}/readyz").json() == {"status": "ready"}
        wait_for(process, "worker started")
        events = [line["event"] for line in stopped(process, number)]
    assert "worker stopped" in events


def test_the_worker_beside_the_app_runs_a_triggered_job(env: dict[str, str]) -> None:
    """Trigger over HTTP; the job leaves the queue under a holder of its own."""
    with connected(env["CDP_MONGO_URL"]) as database:
        probe = {"company_sso_id": COMPANY, "passed": True, "gates": []}
        database.crm_activity_log_migration_probes.insert_one(probe)
        with served(env, "--worker") as (process, url):
            answer = httpx.post(
                f"{url}/private/activity_logs/crm_migration",
                json={"company_sso_id": COMPANY},
                auth=(USERNAME, PASSWORD),
            )
            assert answer.status_code == 202
            wait_for(process, "run started")
        job = Jobs(database, find_account("demo-small")).last()
        assert job is not None
        assert job["job_id"] == answer.json()["job_id"]


def test_a_trigger_is_refused_by_the_probe_s_own_verdict(servers: Any, env: dict[str, str]) -> None:
    """`make probe` finds no contact in this CDP; the answer names that gate, as OpenAPI says."""
    probed = servers.run(
        "ingest", "probe", "--account", "demo-small", CDP_MONGO_URL=env["CDP_MONGO_URL"]
    )
    assert probed.returncode == 3, probed.stdout + probed.stderr
    with served(env) as (_, url):
        answer = httpx.post(
            f"{url}/private/activity_logs/crm_migration",
            json={"company_sso_id": COMPANY},
            auth=(USERNAME, PASSWORD),
        )
    assert answer.status_code == 422
    error = ErrorAnswer.model_validate_json(answer.content).error
    assert error.gates
    failed = [gate for gate in error.gates if gate.verdict == "fail"]
    assert any("contact" in gate.gate for gate in failed), failed
    assert all(gate.hint for gate in failed)


def test_without_mongodb_the_app_lives_and_is_not_ready(env: dict[str, str]) -> None:
    """Alive, not ready, and every endpoint that needs MongoDB says 503 without its address."""
    url = "mongodb://loader:hunter2@127.0.0.1:1/cdp?serverSelectionTimeoutMS=100"
    with served(env | {"CDP_MONGO_URL": url}) as (_, base), httpx.Client(base_url=base) as client:
        assert client.get("/healthz").status_code == 200
        token = {"Authorization": f"Bearer {session_token()}"}
        basic = {"Authorization": httpx.BasicAuth(USERNAME, PASSWORD)._auth_header}
        for path, headers in (
            ("/readyz", {}),
            ("/metrics", basic),
            ("/v1/crm_migration/status", token),
        ):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "CDP_UNAVAILABLE")
            assert "hunter2" not in answer.text
            assert "127.0.0.1" not in answer.text


def test_the_app_knows_no_warehouse() -> None:
    """Nothing that it imports can open a DuckDB file."""
    code = "import loaders.app, sys; sys.exit('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_a_taken_port_is_one_line(env: dict[str, str]) -> None:
    """Exit code 1; the line names host and port."""
    with served(env) as (_, url):
        port = url.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "loaders", "serve"],
            cwd=ROOT,
            env=env | {"PORT": port},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: HOST, PORT")
    assert port in done.stderr
