"""Every page in every state: axe finds nothing, 360 px suffice, the keyboard reaches all."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ingest.shared.mongo import CdpDatabase
from loaders.jobs.errands import Errands
from tests.loaders.app.browser.conftest import Open
from tests.loaders.app.conftest import Service
from tests.loaders.app.filling import (
    ACCOUNT,
    CUSTOMER,
    fill_contact,
    migrated_log,
    native_log,
    put_job,
    put_probe,
)

CHANGES = [
    {"field": "note", "from": None, "to": "word " * 100},
    {"field": "unbroken", "from": "x" * 150, "to": "y" * 400},
    *({"field": f"a_rather_long_attribute_name_{n}", "from": None, "to": [n]} for n in range(9)),
]


def check(page: Page, scheme: Literal["light", "dark"], width: int) -> None:
    """Let axe look at the page in a scheme and a width."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    found = Axe().run(page)
    assert found.response["passes"]
    assert found.violations_count == 0, f"{scheme}, {width} px: {found.generate_report()}"


def nothing(_database: CdpDatabase) -> None:
    """Leave the database as it is."""


def job(status: str) -> Callable[[CdpDatabase], None]:
    """Return what puts the account's last job into a state."""

    def put(database: CdpDatabase) -> None:
        put_job(database, status)

    return put


def failed_probe(database: CdpDatabase) -> None:
    """Let a gate fail."""
    put_probe(database, passed=False)


def empty(database: CdpDatabase) -> None:
    """Take the contact's logs away."""
    database.activity_logs.delete_many({"company_sso_id": ACCOUNT.company_sso_id})


def errand(database: CdpDatabase) -> None:
    """Ask for a probe that fails."""
    errands = Errands(database)
    errands.ask(ACCOUNT, "probe", "anna")
    asked = errands.begin(*errands.find_waiting([ACCOUNT.company_sso_id]))
    assert asked
    errands.end(asked, "a gate fails")


TIMELINE, ONE = f"/contacts/{CUSTOMER}", "/ops/demo-small"
STATES: dict[str, tuple[str, Callable[[CdpDatabase], None]]] = {
    "timeline": (TIMELINE, nothing),
    "timeline, empty": (TIMELINE, empty),
    "timeline, in progress": (TIMELINE, job("in_progress")),
    "timeline, needs attention": (TIMELINE, job("failed")),
    "timeline, not found": ("/contacts/nobody", nothing),
    "API": ("/api", nothing),
    "operations": ("/ops", nothing),
    "operations, in progress": ("/ops", job("in_progress")),
    "operations, completed": ("/ops", job("completed")),
    "account, not started": (ONE, nothing),
    "account, in progress": (ONE, job("in_progress")),
    "account, halted": (ONE, job("halted")),
    "account, gate failed": (ONE, failed_probe),
    "account, not found": ("/ops/nobody", nothing),
    "account, asked of a worker": (ONE, errand),
    "sign-off, not yet": (f"{ONE}/signoff", nothing),
    "rollback": (f"{ONE}/rollback", nothing),
    "rollback, nothing there": (f"{ONE}/rollback", empty),
}


@pytest.fixture
def filled(site: Service) -> Service:
    """The contact with logs of every shape, and a passed probe."""
    fill_contact(site.database, native_log(), migrated_log(1), migrated_log(30, changes=CHANGES))
    put_probe(site.database)
    return site


def open_state(filled: Service, as_person: Open, as_engineer: Open, state: str) -> Page:
    """Open a page in a state."""
    path, prepare = STATES[state]
    prepare(filled.database)
    opened: Page = (as_engineer if path.startswith("/ops") else as_person)(path)
    return opened


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_and_nothing_is_wider_than_360_px(
    filled: Service, as_person: Open, as_engineer: Open, state: str
) -> None:
    """No violation in light, nor in dark on a phone, everything unfolded; nothing scrolls sideways."""
    page = open_state(filled, as_person, as_engineer, state)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    check(page, "light", 1000)
    check(page, "dark", 360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.usefixtures("filled")
def test_a_refused_form_is_told_to_everybody(as_engineer: Open) -> None:
    """The wrong name: the fault is bound to the field, and axe finds nothing."""
    page = as_engineer(f"{ONE}/rollback")
    page.get_by_role("textbox").fill("wrong")
    page.get_by_role("button").click()
    expect(page.get_by_role("textbox")).to_have_accessible_description(
        re.compile("Nothing was deleted")
    )
    check(page, "light", 1000)
    check(page, "dark", 360)


@pytest.mark.parametrize("state", ["timeline", "operations", "account, halted", "rollback"])
def test_headings_are_in_order_and_landmarks_are_there(
    filled: Service, as_person: Open, as_engineer: Open, state: str
) -> None:
    """One h1 first, no level left out; banner, main and contentinfo, once each."""
    page = open_state(filled, as_person, as_engineer, state)
    levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    expect(page.get_by_role("banner")).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("contentinfo")).to_have_count(1)


@pytest.mark.usefixtures("filled")
def test_the_keyboard_alone_suffices(as_engineer: Open) -> None:
    """Skip link, into the account, start a run, roll back: Tab and Enter, the focus always seen."""
    page = as_engineer("/ops")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    press_until(page, "Company A")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ops/demo-small")
    press_until(page, "Roll back… demo-small")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rollback")
    press_until(page, "Type demo-small to confirm")
    page.keyboard.type("demo-small")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ops/demo-small")
    expect(page.get_by_role("status")).to_have_text("Rolled back")
    press_until(page, "Start a run demo-small")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("In progress")


def press_until(page: Page, name: str) -> None:
    """Press Tab until the element of that name has the focus, and see that its outline is drawn."""
    for _ in range(30):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        assert found["outline"] != "none", found
        if found["name"] == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


FOCUSED = """() => {
    const at = document.activeElement;
    const name = at.labels?.[0]?.textContent ?? at.textContent;
    return { name: name.trim(), outline: getComputedStyle(at).outlineStyle };
}"""


def test_it_prints_without_what_only_a_screen_needs(filled: Service, as_engineer: Open) -> None:
    """Navigation and buttons are left out; the account's figures are there."""
    put_job(filled.database, "completed")
    page = as_engineer(ONE)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_text("Start a run")).to_be_hidden()
    expect(page.get_by_text("93.50 %")).to_be_visible()
