"""The report, the preview and the overview in a real Chromium: axe, 360 px, paper."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.end_to_end.conftest import COMPANY_IDS, Run
from tests.loaders.app.browser.test_accessibility import check

PAGES = [*(f"{account}/report" for account in COMPANY_IDS), "demo-gem/preview", "overview"]


@pytest.fixture(scope="module")
def written(migrated: Run, servers: Any) -> Path:
    """Every report, a preview and the overview."""
    preview = migrated("loaders", "migrate", "--account", "demo-gem", "--dry-run")
    assert preview.returncode == 0, preview.stderr
    assert migrated("loaders", "overview").returncode == 0
    return Path(servers.var_dir)


@pytest.fixture(params=PAGES)
def page(
    written: Path,
    contexts: Callable[..., BrowserContext],
    request: pytest.FixtureRequest,
) -> Page:
    """A page, opened from the disk of a machine that is offline."""
    context = contexts(offline=True)
    opened = context.new_page()
    opened.goto((written / request.param / "index.html").as_uri())
    opened.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    return opened


def test_axe_finds_nothing_and_nothing_is_wider_than_360_px(page: Page) -> None:
    """No violation in light, nor in dark on a phone, everything unfolded; nothing scrolls sideways."""
    check(page, "light", 1000)
    check(page, "dark", 360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_pictures_follow_light_dark_and_paper(page: Page) -> None:
    """Colours are the page's own: the text of a picture has the ink of the medium."""
    text = page.locator("figure .wide text").first
    if not text.count():
        return  # the overview has no picture
    page.set_viewport_size({"width": 1000, "height": 800})
    inks = []
    for media, scheme in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
        page.emulate_media(media=media, color_scheme=scheme)  # type: ignore[arg-type]
        ink = page.evaluate("getComputedStyle(document.body).color")
        assert text.evaluate("each => getComputedStyle(each).fill") == ink
        inks.append(ink)
    assert len(set(inks)) == 3


def test_it_prints_within_the_paper(page: Page) -> None:
    """On A4 nothing is wider than the sheet, and the colours are those of paper."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    assert page.pdf(format="A4").startswith(b"%PDF")
