"""The app answers under its own names only."""

from dataclasses import replace

import pytest

from tests.loaders.app.conftest import Service, serving

HOSTS = {
    "localhost": 200,
    "LOCALHOST:8000": 200,
    "127.0.0.1:1": 200,
    "[::1]:8000": 200,
    "evil.example": 400,
    "localhost.evil.example": 400,
    "[::1": 400,
    "": 400,
}


@pytest.mark.parametrize("host", HOSTS)
def test_only_the_allowed_hosts_are_answered(service: Service, host: str) -> None:
    """With or without a port; another name is 400 as JSON, and builds no address."""
    with service.client(headers={"Host": host}) as client:
        answer = client.get("/openapi.json")
    assert answer.status_code == HOSTS[host]
    if answer.status_code != 200:
        assert answer.json()["error"]["code"] == "UNKNOWN_HOST"
        assert "evil" not in answer.text + str(answer.headers)


def test_the_platform_asks_by_address(service: Service) -> None:
    """`/healthz` and `/readyz` are answered under every name."""
    with service.client(headers={"Host": "10.1.2.3:8000"}) as client:
        assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_every_host_can_be_allowed(service: Service) -> None:
    """Where a gateway in front of the app looks after it."""
    settings = replace(service.settings, allowed_hosts=frozenset("*"))
    with serving(settings) as url:
        service = Service(settings, service.database, url)
        with service.client(headers={"Host": "anything.example"}) as client:
            assert client.get("/openapi.json").status_code == 200
