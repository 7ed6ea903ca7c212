"""No page runs or loads anything foreign, is framed, or is kept by a cache (rule: security)."""

import json
import re
import socket

import pytest

from tests.loaders.app.conftest import Service
from tests.loaders.app.filling import CUSTOMER, fill_contact, migrated_log, put_job, put_probe

OTHERS = (
    ("GET", "/healthz", 200),
    ("GET", "/metrics", 401),
    ("GET", "/openapi.json", 200),
    ("GET", "/nothing", 404),
    ("GET", "/ops/", 404),
    ("PUT", "/private/activity_logs/migrate", 405),
    ("POST", "/private/activity_logs/migrate", 401),
    ("GET", "/static/nothing.css", 404),
)
PAGES = {
    "/ops": 200,
    "/ops/demo-small": 200,
    "/ops/demo-small/rollback": 200,
    "/ops/nobody": 404,
    "/ops/demo-small/report": 404,
    "/ops/a/b/c": 404,
    f"/contacts/{CUSTOMER}": 200,
    "/contacts/nobody": 404,
    "/contacts/a/b": 404,
    "/static/app.css": 200,
}
INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers(service: Service, path: str) -> None:
    """Pages, refusals and files alike; and what the policy forbids is not in the page."""
    fill_contact(service.database, migrated_log(1))
    put_probe(service.database)
    put_job(service.database, "in_progress")
    client = service.as_person() if path.startswith("/contacts") else service.as_service()
    with client:
        answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == PAGES[path]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert INLINE.search(answer.text) is None


@pytest.mark.parametrize(("method", "path", "status"), OTHERS)
def test_what_is_no_page_has_them_too(
    service: Service, method: str, path: str, status: int
) -> None:
    """JSON, what is open to everybody, refusals, and what is not there; none leads elsewhere."""
    with service.client() as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


NO_HTTP = {
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
    "two lengths": b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_refused_as_everything_else(service: Service, sent: bytes) -> None:
    """One answer with the headers, as JSON, and the connection ends: nothing is smuggled after it."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(sent)
        answer = b"".join(iter(lambda: client.recv(65_536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert (answer.count("HTTP/1.1"), head.split()[1]) == (1, "400")
    assert json.loads(body)["error"]["code"] == "BAD_REQUEST"
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy"):
        assert f"\r\n{name}: " in head.lower()


def test_the_cookie_of_forms_is_for_the_operations_alone(service: Service) -> None:
    """No script reads it, no other site's form carries it, no plain HTTP, no other path."""
    with service.as_service() as client:
        cookie = client.get("/ops/demo-small").headers["set-cookie"]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/ops"} <= set(cookie.split("; "))
