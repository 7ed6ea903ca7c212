"""Which role may call which endpoint: every pair (rule: http)."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from loaders.app.auth import VIEW_CUSTOMERS
from tests.loaders.app.conftest import PASSWORD, SECRET, USERNAME, Service, session_token
from tests.loaders.app.documents import record

PRIVATE = "/private/activity_logs"
SERVICE_ENDPOINTS = (
    ("POST", f"{PRIVATE}/crm_migration", {"company_sso_id": "company-a"}, 202),
    ("POST", f"{PRIVATE}/migrate", {"records": [record(1)]}, 200),
    ("GET", f"{PRIVATE}/crm_migration/status?company_sso_id=company-a", None, 200),
    ("POST", f"{PRIVATE}/crm_migration/rollback", {"company_sso_id": "company-a"}, 404),
    ("GET", "/metrics", None, 200),
)
PERSON_ENDPOINTS = (
    ("GET", "/iag/v1/crm_migration/status", None, 200),
    ("GET", "/v1/crm_migration/status", None, 200),
    ("GET", "/iag/v1/activity_logs?customer_id=customer-1", None, 200),
    ("GET", "/v1/activity_logs?customer_id=customer-1", None, 200),
)
OPEN_ENDPOINTS = (
    ("GET", "/healthz", None, 200),
    ("GET", "/readyz", None, 200),
    ("GET", "/openapi.json", None, 200),
)


def basic(username: str, password: str) -> dict[str, str]:
    """The header of basic credentials."""
    return {"Authorization": httpx.BasicAuth(username, password)._auth_header}


def bearer(token: str) -> dict[str, str]:
    """The header of a session."""
    return {"Authorization": f"Bearer {token}"}


PAST = datetime.now(UTC) - timedelta(seconds=1)
ROLES: dict[str, Callable[[], dict[str, str]]] = {
    "nobody": dict,
    "service": lambda: basic(USERNAME, PASSWORD),
    "service with a wrong password": lambda: basic(USERNAME, "wrong"),
    "service with a wrong name": lambda: basic("wrong", PASSWORD),
    "service with no password": lambda: basic(USERNAME, ""),
    "service with broken base64": lambda: {"Authorization": "Basic ?"},
    "service with no colon": lambda: {
        "Authorization": "Basic " + base64.b64encode(USERNAME.encode()).decode()
    },
    "person": lambda: bearer(session_token()),
    "person by cookie": lambda: {"Cookie": f"iag_session={session_token()}"},
    "person without the permission": lambda: bearer(session_token(permissions=["other"])),
    "person whose session is over": lambda: bearer(session_token(exp=PAST)),
    "person of another key": lambda: bearer(session_token(key="x" * 48)),
    "person of another algorithm": lambda: bearer(session_token(algorithm="HS384")),
    "person unsigned": lambda: bearer(jwt.encode({"sub": "p"}, None, "none")),
    "person without exp": lambda: bearer(session_token(exp=None)),
    "person without sub": lambda: bearer(session_token(sub=None)),
    "person without a company": lambda: bearer(session_token(company_sso_id=None)),
    "person of an empty company": lambda: bearer(session_token(company_sso_id="")),
    "person of a listed company": lambda: bearer(session_token(company_sso_id=["company-a"])),
    "person without permissions": lambda: bearer(session_token(permissions=None)),
    "person of a text for permissions": lambda: bearer(session_token(permissions=VIEW_CUSTOMERS)),
    "nonsense for a session": lambda: bearer("a.b.c"),
}


def expected(role: str, endpoint: tuple[str, str, Any, int]) -> int:
    """The status that a role gets."""
    if endpoint in OPEN_ENDPOINTS:
        return endpoint[3]
    if endpoint in SERVICE_ENDPOINTS:
        return endpoint[3] if role == "service" else 401
    if role in ("person", "person by cookie"):
        return endpoint[3]
    if role == "person without the permission":
        return 403
    return 401


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_is_its_own(service: Service, role: str) -> None:
    """Over all endpoints; a refusal is JSON, names the scheme, and nothing has happened."""
    service.pass_probe()
    with service.client(headers=ROLES[role]()) as client:
        for endpoint in (*SERVICE_ENDPOINTS, *PERSON_ENDPOINTS, *OPEN_ENDPOINTS):
            if endpoint[3] == 404:
                service.database.activity_logs.delete_many({})
                service.jobs().collection.delete_many({})
            answer = client.request(endpoint[0], endpoint[1], json=endpoint[2])
            assert answer.status_code == expected(role, endpoint), (role, endpoint, answer.text)
            if answer.status_code == 401:
                assert answer.json()["error"]["code"] == "UNAUTHORIZED"
                scheme = "Basic" if endpoint in SERVICE_ENDPOINTS else "Bearer"
                assert answer.headers["WWW-Authenticate"].startswith(scheme)
    if role != "service":
        assert service.jobs().last() is None
        assert service.database.activity_logs.count_documents({}) == 0


@pytest.mark.parametrize(("method", "path", "body", "_status"), SERVICE_ENDPOINTS)
def test_credentials_are_compared_in_constant_time(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: Any,
    _status: int,
) -> None:
    """Name and password are both compared, by `hmac.compare_digest`, whatever was sent."""
    compared: list[tuple[Any, Any]] = []
    real = hmac.compare_digest

    def noted(left: Any, right: Any) -> bool:
        compared.append((left, right))
        return real(left, right)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    with service.client(auth=("wrong", "wrong too")) as client:
        assert client.request(method, path, json=body).status_code == 401
    assert (b"wrong", USERNAME.encode()) in compared
    assert (b"wrong too", PASSWORD.encode()) in compared


def test_a_bearer_goes_before_a_cookie(service: Service) -> None:
    """A stale cookie does not spoil a good token, and a good cookie saves no bad token."""
    with service.client(headers={"Cookie": "iag_session=stale"}) as client:
        good = client.get("/v1/crm_migration/status", headers=bearer(session_token()))
    with service.client(headers={"Cookie": f"iag_session={session_token()}"}) as client:
        bad = client.get("/v1/crm_migration/status", headers=bearer("stale"))
    assert (good.status_code, bad.status_code) == (200, 401)


def test_the_secret_is_needed_to_sign(service: Service) -> None:
    """The public parts of a token do not help."""
    head, _, signature = session_token().split(".")
    forged = session_token(key=SECRET[::-1], company_sso_id="company-b").split(".")[1]
    with service.client(headers=bearer(f"{head}.{forged}.{signature}")) as client:
        assert client.get("/v1/crm_migration/status").status_code == 401
