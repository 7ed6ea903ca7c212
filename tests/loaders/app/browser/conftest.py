"""A real Chromium, and the app on a port of its own that asks again more often than usual."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.loaders.app.conftest import PASSWORD, USERNAME, Service, serving, session_token

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 10_000

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium; none is downloaded."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on the PATH: install the distribution's to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


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
def contexts(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts, and closes them."""
    made: list[BrowserContext] = []

    def new(**options: Any) -> BrowserContext:
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield new
    for context in made:
        context.close()


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
