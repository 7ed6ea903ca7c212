"""Which role may call which endpoint: every pair (rule: http)."""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

import httpx
import jwt
import pytest
from starlette.routing import Mount, Route

from loaders.app import AppSettings, create_app
from loaders.app.auth import VIEW_CUSTOMERS
from tests.loaders.app.conftest import PASSWORD, SECRET, USERNAME, Service, session_token
from tests.loaders.app.documents import record
from tests.loaders.app.filling import fill_contact, native_log

PRIVATE = "/private/activity_logs"
RUN = f"{PRIVATE}/crm_migration"
ONE = {"company_sso_id": "company-a"}
LOGS = "?customer_id=customer-1"


class Row(NamedTuple):
    """A route as the app has it, whom it lets in, and what those get; ``path`` is an example."""

    who: Literal["service", "person", "anybody"]
    method: str
    route: str
    status: int
    path: str = ""
    body: Any = None
    form: dict[str, str] | None = None


FORM = {"any": "field"}  # without its token: 403, for those who are let in
ROWS = (
    Row("service", "POST", RUN, 202, body=ONE),
    Row("service", "POST", f"{RUN}/cancel", 200, body=ONE),
    Row("service", "POST", f"{PRIVATE}/migrate", 200, body={"records": [record(1)]}),
    Row("service", "GET", f"{RUN}/status", 200, f"{RUN}/status?company_sso_id=company-a"),
    Row("service", "GET", f"{RUN}/failures", 200, f"{RUN}/failures?company_sso_id=company-a"),
    Row("service", "POST", f"{RUN}/rollback", 404, body=ONE),
    Row("service", "GET", "/metrics", 200),
    Row("service", "GET", "/ops", 200),
    Row("service", "POST", "/ops", 403, form=FORM),
    Row("service", "GET", "/ops/{account}", 200, "/ops/demo-small"),
    Row("service", "POST", "/ops/{account}/trigger", 403, "/ops/demo-small/trigger", form=FORM),
    Row("service", "POST", "/ops/{account}/cancel", 403, "/ops/demo-small/cancel", form=FORM),
    Row("service", "GET", "/ops/{account}/rollback", 200, "/ops/demo-small/rollback"),
    Row("service", "GET", "/ops/{account}/signoff", 200, "/ops/demo-small/signoff"),
    *(
        Row(
            "service", "POST", f"/ops/{{account}}/{what}", 403, f"/ops/demo-small/{what}", form=FORM
        )
        for what in ("probe", "dry_run", "docs", "signoff")
    ),
    Row("service", "POST", "/ops/{account}/rollback", 403, "/ops/demo-small/rollback", form=FORM),
    *(
        Row("service", "GET", f"/ops/{{account}}/{file}", 404, f"/ops/demo-small/{file}")
        for file in (
            "report/index.html",
            "docs/index.html",
            "report",
            "docs",
            "runs/index.html",
            "preview/index.html",
        )
    ),
    Row("service", "GET", "/ops/{account}/report/{name}.csv", 404, "/ops/demo-small/report/a.csv"),
    Row(
        "service",
        "GET",
        "/ops/{account}/runs/{job_id:uuid}/index.html",
        404,
        f"/ops/demo-small/runs/{UUID(int=0)}/index.html",
    ),
    Row("person", "GET", "/iag/v1/crm_migration/status", 200),
    Row("person", "GET", "/v1/crm_migration/status", 200),
    Row("person", "GET", "/iag/v1/activity_logs", 200, f"/iag/v1/activity_logs{LOGS}"),
    Row("person", "GET", "/v1/activity_logs", 200, f"/v1/activity_logs{LOGS}"),
    Row("person", "GET", "/contacts/{customer_id}", 200, "/contacts/contact-1"),
    Row(
        "person",
        "GET",
        "/contacts/{customer_id}/logs/{log_id:path}",
        200,
        "/contacts/contact-1/logs/1",
    ),
    Row("anybody", "GET", "/contacts/{rest:path}", 404, "/contacts/a/b"),
    Row("anybody", "GET", "/ops/{rest:path}", 404, "/ops/a/b/c"),
    Row("anybody", "GET", "/", 303),
    Row("anybody", "GET", "/healthz", 200),
    Row("anybody", "GET", "/readyz", 200),
    Row("anybody", "GET", "/openapi.json", 200),
    Row("anybody", "GET", "/api", 200),
    Row("anybody", "GET", "/static", 200, "/static/app.css"),
)
PAGES = ("/ops", "/contacts")
HIDDEN = ("/contacts/{customer_id}", "/contacts/{customer_id}/logs/{log_id:path}")


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
    "person of another account": lambda: bearer(session_token(company_sso_id="company-b")),
    "person without the permission": lambda: bearer(session_token(permissions=["other"])),
    "person whose session is over": lambda: bearer(session_token(exp=PAST)),
    "person of another key": lambda: bearer(session_token(key="x" * 48)),
    "person of another algorithm": lambda: bearer(session_token(algorithm="HS384")),
    "person unsigned": lambda: bearer(jwt.encode({"sub": "p"}, "", "none")),
    "person without exp": lambda: bearer(session_token(exp=None)),
    "person without sub": lambda: bearer(session_token(sub=None)),
    "person without a company": lambda: bearer(session_token(company_sso_id=None)),
    "person without a name": lambda: bearer(session_token(sub=" ")),
    "person of half a letter": lambda: bearer(session_token(company_sso_id="\ud800")),
    "person of an empty company": lambda: bearer(session_token(company_sso_id="")),
    "person of a listed company": lambda: bearer(session_token(company_sso_id=["company-a"])),
    "person without permissions": lambda: bearer(session_token(permissions=None)),
    "person of a text for permissions": lambda: bearer(session_token(permissions=VIEW_CUSTOMERS)),
    "nonsense for a session": lambda: bearer("a.b.c"),
}
SETTINGS = AppSettings("mongodb://127.0.0.1:1/none", USERNAME, PASSWORD, SECRET)


def expected(role: str, row: Row) -> int:
    """The status that a role gets."""
    if row.who == "anybody" or role.removesuffix(" by cookie") == row.who:
        return row.status
    if row.who == "person" and role == "person without the permission":
        return 403
    if row.who == "person" and role == "person of another account":
        return 404 if row.route in HIDDEN else row.status
    return 401


def test_every_route_has_its_row() -> None:
    """A new route, or a new method of one, is a new row; nobody adds a door in passing."""
    routes = create_app(SETTINGS).routes
    found = [
        (method, route.path)
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    ]
    found += [("GET", route.path) for route in routes if isinstance(route, Mount)]
    assert sorted(found) == sorted((row.method, row.route) for row in ROWS)
    assert len(found) == len(routes)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_is_its_own(service: Service, role: str) -> None:
    """Over all routes; a refusal names the scheme, and nothing has happened."""
    service.pass_probe()
    fill_contact(service.database)
    with service.client(headers=ROLES[role]()) as client:
        for row in ROWS:
            prepare(service, row)
            answer = client.request(row.method, row.path or row.route, json=row.body, data=row.form)
            assert answer.status_code == expected(role, row), (role, row, answer.text)
            if answer.status_code == 401:
                check_refusal(answer, row)
    if role != "service":
        assert service.jobs().last() is None
        assert service.database.activity_logs.count_documents({"source_tag": {"$exists": 1}}) == 0


def prepare(service: Service, row: Row) -> None:
    """Let there be something to see, or nothing to roll back."""
    service.database.activity_logs.delete_many({})
    if row.route in HIDDEN:
        service.database.activity_logs.insert_one(native_log(_id="1"))
    if row.route.endswith("crm_migration/rollback"):
        service.jobs().collection.delete_many({})


def check_refusal(answer: httpx.Response, row: Row) -> None:
    """The scheme is named, and what is no page is JSON."""
    scheme = "Basic" if row.who == "service" else "Bearer"
    assert answer.headers["WWW-Authenticate"].startswith(scheme)
    if not row.route.startswith(PAGES):
        assert answer.json()["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("row", [row for row in ROWS if row.who == "service"])
def test_credentials_are_compared_in_constant_time(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    row: Row,
) -> None:
    """Name and password are both compared, by `hmac.compare_digest`, whatever was sent."""
    compared: list[tuple[Any, Any]] = []
    real = hmac.compare_digest

    def noted(left: Any, right: Any) -> bool:
        compared.append((left, right))
        return real(left, right)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    with service.client(auth=("wrong", "wrong too")) as client:
        answer = client.request(row.method, row.path or row.route, json=row.body, data=row.form)
    assert answer.status_code == 401
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
