"""The app on a port of its own that asks again more often than usual, open in Chromium."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.loaders.app.conftest import PASSWORD, USERNAME, Service, serving, session_token

Open = Callable[..., Page]


@pytest.fixture
def site(service: Service, tmp_path: Path) -> Iterator[Service]:
    """The app with an empty database, short intervals, and a `var` of its own."""
    settings = replace(
        service.settings,
        secure_cookies=False,
        banner_poll_s=0.2,
        operations_refresh_s=0.2,
        var_dir=tmp_path / "var",
    )
    with serving(settings) as url:
        yield Service(settings, service.database, url)


@pytest.fixture
def as_person(site: Service, contexts: Callable[..., BrowserContext]) -> Open:
    """Opens a page of the app with the session cookie of a person of company A."""

    def open_page(path: str, **options: Any) -> Page:
        context = contexts(base_url=site.url, **options)
        cookie = {"name": "iag_session", "value": session_token(), "url": site.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(path)
        return page

    return open_page


@pytest.fixture
def as_engineer(site: Service, contexts: Callable[..., BrowserContext]) -> Open:
    """Opens a page of the app with the basic credentials."""

    def open_page(path: str, **options: Any) -> Page:
        credentials = {"username": USERNAME, "password": PASSWORD}
        context = contexts(base_url=site.url, http_credentials=credentials, **options)
        page = context.new_page()
        page.goto(path)
        return page

    return open_page
