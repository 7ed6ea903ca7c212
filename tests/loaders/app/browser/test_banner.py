"""The status banner: four states, polled, silent on errors (rule: pages)."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.loaders.app.browser.conftest import Open
from tests.loaders.app.conftest import Service
from tests.loaders.app.filling import CUSTOMER, fill_contact, migrated_log, native_log, put_job

PATH = f"/contacts/{CUSTOMER}"
IN_PROGRESS = "The CRM history is being moved here."
NEEDS_ATTENTION = "The CRM history needs attention."
STATES = {
    "not_started": "",
    "in_progress": IN_PROGRESS,
    "completed": "",
    "signed_off": "",
    "rolled_back": "",
    "halted": NEEDS_ATTENTION,
    "failed": NEEDS_ATTENTION,
    "rollback_failed": NEEDS_ATTENTION,
}


def banner(page: Page) -> Locator:
    """The live region; the only one of the page."""
    return page.get_by_role("status")


@pytest.mark.parametrize("status", STATES)
def test_the_server_renders_the_first_state(site: Service, as_person: Open, status: str) -> None:
    """Each status of a job has its state without any script; hidden means nothing to see."""
    fill_contact(site.database, native_log())
    if status != "not_started":
        put_job(site.database, status)
    page = as_person(PATH, java_script_enabled=False)
    expect(banner(page)).to_have_attribute("aria-live", "polite")
    if STATES[status]:
        expect(banner(page).get_by_text(STATES[status])).to_be_visible()
    else:
        expect(banner(page)).to_be_hidden()
    expect(banner(page).get_by_role("progressbar")).to_have_count(int(status == "in_progress"))


def test_it_follows_the_job_while_the_page_is_open(site: Service, as_person: Open) -> None:
    """Not started, in progress with its share, halted, in progress again, completed: one page."""
    fill_contact(site.database, native_log())
    page = as_person(PATH)
    expect(banner(page)).to_be_hidden()
    put_job(site.database, "in_progress", progress_pct=12.5)
    expect(banner(page).get_by_text(IN_PROGRESS)).to_be_visible()
    progress = banner(page).get_by_role("progressbar", name="Migration of the CRM history")
    expect(progress).to_have_js_property("value", 12.5)
    site.database.activity_logs.insert_one(migrated_log(1))  # it appears, as the banner says
    put_job(site.database, "in_progress", progress_pct=87.9)
    expect(progress).to_have_js_property("value", 87.9)
    expect(banner(page).get_by_text("87 %")).to_be_visible()
    expect(page.locator("li.log")).to_have_count(2)
    put_job(site.database, "halted")
    expect(banner(page).get_by_text(NEEDS_ATTENTION)).to_be_visible()
    expect(progress).to_be_hidden()
    put_job(site.database, "in_progress")
    expect(progress).to_be_visible()
    put_job(site.database, "completed")
    expect(banner(page)).to_be_hidden()


@pytest.mark.parametrize("error", ["abort", "500", "401", "no JSON"])
def test_an_error_changes_nothing_and_says_nothing(
    site: Service, as_person: Open, error: str
) -> None:
    """Server gone, failing, session over, an answer of something else: the last state stays."""
    fill_contact(site.database, native_log())
    put_job(site.database, "in_progress")
    page = as_person(PATH)
    problems: list[str] = []
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    answers: dict[str, dict[str, Any]] = {
        "500": {"status": 500, "json": {"error": {}}},
        "401": {"status": 401, "json": {"error": {}}},
        "no JSON": {"status": 200, "body": "<html>"},
    }
    asked = "**/crm_migration/status"
    if error == "abort":
        page.route(asked, lambda route: route.abort("connectionrefused"))
    else:
        page.route(asked, lambda route: route.fulfill(**answers[error]))
    for _ in range(2):  # the second is asked once the first, of before the route, is answered
        with page.expect_request(asked):
            pass
    put_job(site.database, "completed")
    for _ in range(3):
        with page.expect_request(asked):
            pass
    expect(banner(page).get_by_text(IN_PROGRESS)).to_be_visible()
    page.unroute(asked)
    expect(banner(page)).to_be_hidden()
    assert problems == []


def test_it_asks_every_fifteen_seconds_unless_told_otherwise(service: Service) -> None:
    """The interval is in the page, and the app's own is the specification's."""
    fill_contact(service.database, native_log())
    with service.as_person() as person:
        page = person.get(PATH)
    assert 'data-poll-seconds="15.0"' in page.text
