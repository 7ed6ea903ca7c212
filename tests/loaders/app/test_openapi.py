"""The OpenAPI document says all that the running app does, and nothing else (rule: http)."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.loaders.app.conftest import PASSWORD, USERNAME, Service, session_token
from tests.loaders.app.documents import record

SCHEMATHESIS = Path(sys.executable).parent / "st"
BASIC = httpx.BasicAuth(USERNAME, PASSWORD)._auth_header
CALLERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "service": ("^/private/.*crm_migration", BASIC, ()),
    # That external_id holds crm_audit_id, and that no field is denied, no schema can say.
    "pushing service": ("/migrate$", BASIC, ("--exclude-checks", "positive_data_acceptance")),
    "person": ("/v1/", f"Bearer {session_token()}", ()),
    "anyone": ("^/(healthz|readyz)$", "", ()),
}
EVERY_STATUS = {
    ("POST", "/private/activity_logs/crm_migration"): {
        "202", "400", "401", "403", "404", "409", "413", "415", "422", "500", "503",
    },
    ("GET", "/private/activity_logs/crm_migration/status"): {"200", "400", "401", "500", "503"},
    ("GET", "/private/activity_logs/crm_migration/failures"): {
        "200", "400", "401", "404", "500", "503",
    },
    ("POST", "/private/activity_logs/crm_migration/cancel"): {
        "200", "400", "401", "404", "409", "413", "415", "500", "503",
    },
    ("POST", "/private/activity_logs/crm_migration/rollback"): {
        "200", "400", "401", "404", "409", "413", "415", "500", "503",
    },
    ("POST", "/private/activity_logs/migrate"): {
        "200", "400", "401", "404", "409", "413", "415", "500", "503",
    },
    ("GET", "/iag/v1/crm_migration/status"): {"200", "401", "403", "500", "503"},
    ("GET", "/v1/crm_migration/status"): {"200", "401", "403", "500", "503"},
    ("GET", "/iag/v1/activity_logs"): {"200", "400", "401", "403", "404", "500", "503"},
    ("GET", "/v1/activity_logs"): {"200", "400", "401", "403", "404", "500", "503"},
    ("GET", "/healthz"): {"200", "500", "503"},
    ("GET", "/readyz"): {"200", "500", "503"},
}  # fmt: skip


@pytest.fixture
def document(service: Service) -> dict[str, Any]:
    """The document as it is served."""
    with service.client() as client:
        return dict(client.get("/openapi.json").json())


def test_every_status_is_described(document: dict[str, Any]) -> None:
    """Each endpoint with all its answers, each answer with a schema."""
    found = {
        (method.upper(), path): set(operation["responses"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert found == EVERY_STATUS
    assert document["openapi"] == "3.1.0"


def test_a_generated_client_has_distinct_names(document: dict[str, Any]) -> None:
    """Operation ids are unique, and security schemes are named where they are needed."""
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert set(document["components"]["securitySchemes"]) == {"basic", "bearer", "cookie"}
    by_name = dict(zip(names, operations, strict=True))
    assert by_name["triggerMigration"]["security"] == [{"basic": []}]
    assert by_name["listActivityLogs"]["security"] == [{"bearer": []}, {"cookie": []}]
    assert by_name["isAlive"]["security"] == []


@pytest.mark.parametrize("caller", CALLERS)
def test_the_app_does_what_the_document_says(service: Service, tmp_path: Path, caller: str) -> None:
    """Generated requests, right and wrong, over real HTTP: every answer is as described."""
    paths, authorization, options = CALLERS[caller]
    service.pass_probe()
    service.database.activity_logs.insert_one(record(1))
    arguments = ["run", f"{service.url}/openapi.json", "--include-path-regex", paths, *options]
    arguments += ["--checks", "all", "--max-examples", "8", "--seed", "1", "--warnings", "off"]
    if authorization:
        arguments += ["--header", f"Authorization: {authorization}"]
    done = subprocess.run(
        [SCHEMATHESIS, *arguments],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
