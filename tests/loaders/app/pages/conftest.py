"""Forms as a browser would send them, without a browser."""

import re
from collections.abc import Callable

import httpx
import pytest

from tests.loaders.app.conftest import Service

Submit = Callable[..., httpx.Response]


@pytest.fixture
def submit(service: Service) -> Submit:
    """Opens a page of the operations, then sends its form to a path; headers and fields can differ."""

    def send(
        path: str,
        *,
        opened: str = "/ops/demo-small",
        headers: dict[str, str] | None = None,
        **fields: str,
    ) -> httpx.Response:
        with service.as_service() as client:
            page = client.get(opened)
            keep_cookies(client, page)
            form = {"form_token": form_token(page.text)} | fields
            return client.post(path, data=form, headers=headers or {})

    return send


def form_token(page: str) -> str:
    """Return the token of a page's first form; empty where it has none."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    return found[1] if found else ""


def keep_cookies(client: httpx.Client, answer: httpx.Response) -> None:
    """Send the cookies of an answer, which are for HTTPS only, over loopback too."""
    for name, value in re.findall(r"([a-z_]+)=([^;]*)", answer.headers.get("set-cookie", ""))[:1]:
        client.cookies.set(name, value)
