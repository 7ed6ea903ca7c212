"""Requests that are too large, or meant for no endpoint, get JSON all the same (rule: security)."""

from collections.abc import Iterator

import pytest

from tests.loaders.app.conftest import Service

TRIGGER = "/private/activity_logs/crm_migration"
PUSH = "/private/activity_logs/migrate"
JSON = {"Content-Type": "application/json"}


def chunks(count: int) -> Iterator[bytes]:
    """So many KiB, whose number is not announced."""
    for _ in range(count):
        yield b" " * 1024


@pytest.mark.parametrize(("path", "kib"), [(TRIGGER, 64), (PUSH, 32 * 1024)])
def test_a_large_body_is_refused(service: Service, path: str, kib: int) -> None:
    """413, whether its length was announced or not; the largest that is taken is no JSON: 400."""
    with service.as_service() as client:
        announced = client.post(path, content=b" " * (kib * 1024 + 1), headers=JSON)
        unannounced = client.post(path, content=chunks(kib + 1), headers=JSON)
        largest = client.post(path, content=b" " * (kib * 1024), headers=JSON)
    for answer in (announced, unannounced):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "REQUEST_TOO_LARGE")
    assert largest.status_code == 400


def test_a_deep_body_is_refused(service: Service) -> None:
    """Nesting that would exhaust the parser is 400."""
    body = b'{"records": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    with service.as_service() as client:
        assert client.post(PUSH, content=body, headers=JSON).status_code == 400


@pytest.mark.parametrize("many", [b"[],", b'[",\\"{[",0],'], ids=["lists", "among texts"])
def test_a_body_of_too_many_values_is_refused(service: Service, many: bytes) -> None:
    """Ten bytes of it would take a kilobyte of memory; marks within texts do not count."""
    with service.as_service() as client:
        body = b'{"records": [' + many * 200_000 + b"0]}"
        answer = client.post(PUSH, content=body, headers=JSON)
        assert answer.json()["error"]["message"] == "more than 250,000 values are too many"
        text = b'{"records": "' + b",[{" * 200_000
        for end in (b'"}', b"", b"\\", b'\\"'):
            answer = client.post(PUSH, content=text + end, headers=JSON)
            assert answer.status_code == 400
            assert "too many" not in answer.text


def test_an_unknown_path_is_json_too(service: Service) -> None:
    """404 with the shape of every error."""
    with service.client() as client:
        answer = client.get("/private/nothing")
    assert answer.status_code == 404
    assert answer.json() == {"error": {"code": "NOT_FOUND", "message": "Not Found"}}


def test_a_wrong_method_is_told_the_right_one(service: Service) -> None:
    """405 with `Allow`."""
    with service.client() as client:
        answer = client.put(TRIGGER, json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"
