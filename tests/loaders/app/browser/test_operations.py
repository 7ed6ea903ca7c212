"""The operations pages, as migration engineers use them (rule: pages)."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pymongo import MongoClient

from ingest.shared.mongo import CdpDatabase, connected
from ingest.shared.seeds import SEEDS, find_account
from ingest.shared.settings import ROOT
from loaders.app.pages import account_list
from loaders.jobs.errands import Errands, command_of
from loaders.transform.provenance import mapping_hashes, report_hashes
from tests.loaders.app.browser.conftest import Open
from tests.loaders.app.browser.test_accessibility import check
from tests.loaders.app.conftest import PASSWORD, USERNAME, Service, serving, with_database
from tests.loaders.app.filling import (
    ACCOUNT,
    fill_contact,
    migrated_log,
    native_log,
    put_job,
    put_probe,
)
from tests.places import shared

NAME = "Company A"


def row(page: Page, name: str = NAME) -> Any:
    """One account's row of the list."""
    return page.get_by_role("row").filter(has_text=name)


def test_every_account_shows_its_gates_and_its_last_job(site: Service, as_engineer: Open) -> None:
    """Accounts with and without a job: what is known of each, and what is not."""
    put_probe(site.database)
    put_job(site.database, "completed")
    page = as_engineer("/")
    expect(page.get_by_role("rowheader")).to_contain_text(
        ["Company A", "Company B", "Switched off"]
    )
    expect(row(page)).to_contain_text("Completed")
    expect(row(page, "Company B")).to_contain_text("Not started")
    expect(row(page, "Switched off")).to_contain_text("not enabled")
    page.get_by_role("link", name="Company A").click()
    for text in ("Completed", "migration enabled", "93.50 %", "100.00 %", "1.19 %", "anna"):
        expect(page.get_by_role("main")).to_contain_text(text)
    expect(page.get_by_role("main")).to_contain_text("no contact 130")
    expect(page.get_by_text("All gates pass")).to_be_visible()
    page.goto("/ops/demo-medium")
    expect(page.get_by_text("No probe yet")).to_be_visible()


def test_accounts_are_searched_filtered_and_paged(
    site: Service, as_engineer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the server, so that it works without a script; the sums are of all accounts."""
    monkeypatch.setattr(account_list, "PAGE_SIZE", 2)
    put_job(site.database, "completed")
    page = as_engineer("/ops", java_script_enabled=False)
    expect(page.get_by_role("rowheader")).to_have_count(2)
    expect(page.get_by_text("3 of 3 accounts, page 1 of 2")).to_be_visible()
    page.get_by_role("link", name="Next accounts").click()
    expect(page.get_by_role("rowheader")).to_contain_text(["Switched off"])
    page.get_by_label("State", exact=True).select_option("completed")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Company A"])
    page.get_by_label("Name or id").fill("nobody")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No account is like that")).to_be_visible()
    expect(page.get_by_label("All accounts by state")).to_contain_text("Not started 2")


def test_a_running_load_shows_its_rate_and_the_time_left(site: Service, as_engineer: Open) -> None:
    """840 audits in two seconds, 1,160 to go; the page renews itself until the job has ended."""
    put_job(site.database, "in_progress")
    page, listed = as_engineer("/ops/demo-small"), as_engineer("/ops")
    expect(page.get_by_text("step 3 of 5, load 42.00 %")).to_be_visible()
    expect(page.get_by_text("420 audits/s · less than a minute left")).to_be_visible()
    expect(page.get_by_role("button")).to_have_text(["Cancel the run demo-small"])
    expect(row(listed).get_by_role("progressbar")).to_be_visible()
    put_job(site.database, "in_progress", progress_pct=99.0)
    expect(page.get_by_text("99.00 %")).to_be_visible()
    put_job(site.database, "completed")
    expect(page.get_by_role("status")).to_have_text("Completed")
    expect(page.get_by_role("button", name="Start a run demo-small")).to_be_visible()
    expect(row(listed)).to_contain_text("Completed")


def test_without_javascript_a_link_renews_the_page(site: Service, as_engineer: Open) -> None:
    """The same page, asked for again."""
    put_job(site.database, "in_progress")
    page = as_engineer("/ops/demo-small", java_script_enabled=False)
    expect(page.get_by_role("status")).to_contain_text("In progress")
    put_job(site.database, "completed")
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("status")).to_have_text("Completed")


def test_the_history_of_a_job_is_a_table(site: Service, as_engineer: Open) -> None:
    """Who did what when, the newest first."""
    put_job(site.database, "completed")
    page = as_engineer("/ops/demo-small")
    history = page.get_by_role("table", name="What happened to job")
    expect(history.get_by_role("rowheader")).to_have_text(["completed", "trigger"])


def test_a_refused_trigger_says_which_gate_fails(site: Service, as_engineer: Open) -> None:
    """The answer of the endpoint, as a page: the gates, what to do, and the way back."""
    put_probe(site.database, passed=False)
    page = as_engineer("/ops/demo-small")
    page.get_by_role("button", name="Start a run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not yet")
    expect(page.get_by_role("row", name="contact coverage")).to_contain_text("fail")
    page.get_by_role("link", name="Back to the account").click()
    expect(page.get_by_role("status")).to_have_text("Not started")


def test_a_halted_job_is_resumed(site: Service, as_engineer: Open) -> None:
    """Its button asks for exactly that; the job is queued again, with a line in its history."""
    put_probe(site.database)
    put_job(site.database, "halted")
    page = as_engineer("/ops/demo-small")
    expect(page.get_by_role("button", name="Start a run")).to_have_count(0)
    page.get_by_role("button", name="Resume demo-small").click()
    expect(page.get_by_role("status")).to_have_text("In progress waits for a worker")
    expect(page.get_by_role("rowheader", name="resume")).to_be_visible()


def test_a_worker_is_asked_for_a_probe(site: Service, as_engineer: Open) -> None:
    """The page tells that it waits, that a worker is at it, and what became of it."""
    page = as_engineer("/ops/demo-small")
    page.get_by_role("button", name="Probe demo-small").click()
    expect(page.get_by_text("Probe, asked for by s2s-caller")).to_contain_text("waits for a worker")
    errands = Errands(site.database)
    expect(page.get_by_role("button", name="Dry run demo-small")).to_have_count(0)
    [waiting] = errands.find_waiting([ACCOUNT.company_sso_id])
    asked = errands.begin(waiting)
    assert asked
    assert errands.begin(waiting) is None
    expect(page.get_by_text("is at it since")).to_be_visible()
    errands.end(asked, "gates of account demo-small fail: contact coverage")
    expect(page.get_by_text("fail: contact coverage")).to_be_visible()
    page.get_by_role("button", name="Dry run demo-small").click()
    expect(page.get_by_text("Dry run, asked for by")).to_contain_text("waits for a worker")


def test_a_run_is_signed_by_name(site: Service, as_engineer: Open) -> None:
    """What stands in the way is said; without it the page asks who signs, and a worker does it."""
    job = put_job(site.database, "completed", **VERIFIED)
    put_report(site, job)
    page = as_engineer("/ops/demo-small")
    page.get_by_role("link", name="Sign off…").click()
    expect(page.get_by_text("Documents changed since they were verified")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    fill_contact(site.database, migrated_log(1))
    page.reload()
    expect(page.get_by_role("checkbox")).to_have_attribute("required", "")
    page.get_by_role("checkbox").check()
    page.get_by_label("Name of the person").fill("  ")
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_text("Nothing was signed.")).to_be_visible()
    check(page, "dark", 360)
    page.get_by_label("Name of the person").fill("Anna $Meier")
    page.get_by_label("Remark").fill("--force; read with Bert")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_text("Sign-off, asked for by")).to_contain_text("waits for a worker")
    asked = Errands(site.database).last(ACCOUNT)
    assert asked
    assert command_of(ACCOUNT, asked) == [
        *("signoff", "--account", "demo-small"),
        *("--accept-drift", "--by=Anna $Meier", "--note=--force; read with Bert"),
        f"--job={job['job_id']}",
    ]


VERIFIED = {
    "mongo_count": 1,
    "explained_pct": 100,
    "fidelity_pct": 100,
    "drift": {"mapping": 3},
}


def put_report(site: Service, job: dict[str, Any]) -> None:
    """Write what a sign-off asks of a run and its report."""
    folder = site.settings.var_dir / ACCOUNT.account / "report"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>report</title>")
    facts = {"job": {"job_id": job["job_id"]}, "verdict": {"is_good": True}}
    (folder / "report.json").write_text(json.dumps(facts))
    mapping = mapping_hashes(ACCOUNT, site.settings.seeds)
    fields = {
        "made_with": [{"mapping": mapping}],
        "report_hashes": report_hashes(folder / "index.html"),
    }
    site.database.crm_activity_log_migration_jobs.update_one({}, {"$set": fields})


def test_many_accounts_are_started_and_cancelled_at_once(site: Service, as_engineer: Open) -> None:
    """Each by its own rules: what is refused says why, and keeps no other back."""
    put_probe(site.database)
    page = as_engineer("/ops")
    page.get_by_role("button", name="Start their runs").click()
    expect(page.get_by_text("No account was ticked")).to_be_visible()
    page.get_by_role("link", name="Back to the accounts").click()
    page.get_by_label("All of this page").check()
    page.get_by_role("button", name="Start their runs").click()
    expect(page.get_by_text("1 queued, 2 refused.")).to_be_visible()
    check(page, "light", 360)
    expect(row(page, "Switched off")).to_contain_text("migration_enabled is false")
    expect(row(page, "Company B")).to_contain_text("last probe is missing")
    expect(row(page)).to_contain_text("waits for a worker")
    page.get_by_role("link", name="Back to the accounts").click()
    page.get_by_role("checkbox", name="Select Company A").check()
    page.get_by_role("button", name="Cancel their runs").click()
    expect(page.get_by_text("1 cancelled.")).to_be_visible()
    job = site.database.crm_activity_log_migration_jobs.find_one()
    assert job
    assert (job["status"], job["events"][-1]["who"]) == ("cancelled", "s2s-caller")


def test_a_rollback_asks_for_the_account_s_name(site: Service, as_engineer: Open) -> None:
    """It counts first; a wrong name deletes nothing; the right one deletes the migrated logs only."""
    put_probe(site.database)
    put_job(site.database, "completed")
    fill_contact(site.database, native_log(), *(migrated_log(number) for number in range(3)))
    page = as_engineer("/ops/demo-small")
    page.get_by_role("link", name="Roll back…").click()
    expect(page.get_by_text("3 migrated logs would be deleted")).to_be_visible()
    name = page.get_by_role("textbox", name="Type demo-small to confirm")
    for wrong in ("demo-smal", "Demo-small", "demo-small ", "Company A"):
        name.fill(wrong)
        page.get_by_role("button", name="Delete 3 logs").click()
        expect(page.get_by_text("Nothing was deleted.")).to_be_visible()
        expect(name).to_be_focused()
        expect(name).to_have_attribute("aria-invalid", "true")
    assert site.database.activity_logs.count_documents({}) == 4
    name.fill("demo-small")
    page.get_by_role("button", name="Delete 3 logs").click()
    expect(page.get_by_role("status")).to_have_text("Rolled back")
    expect(page.get_by_role("rowheader", name="rolled back")).to_be_visible()
    assert [log.get("external_id") for log in site.database.activity_logs.find()] == [None]


def test_a_rollback_is_refused_while_a_job_runs(site: Service, as_engineer: Open) -> None:
    """The page was open before the job began: the answer is a page that says to wait."""
    fill_contact(site.database, migrated_log(1))
    put_probe(site.database)
    page = as_engineer("/ops/demo-small/rollback")
    put_job(site.database, "in_progress")
    page.get_by_role("textbox").fill("demo-small")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not now")
    expect(page.get_by_text("Wait until it ends")).to_be_visible()
    assert site.database.activity_logs.count_documents({}) == 1


def test_the_report_opens_in_an_origin_of_nobody(site: Service, as_engineer: Open) -> None:
    """Its own script runs, and can reach neither this site's cookies nor its pages."""
    folder = site.settings.var_dir / ACCOUNT.account / "report"
    folder.mkdir(parents=True)
    script = "<script>document.title = self.origin;</script>"
    (folder / "index.html").write_text(f"<!doctype html><title>report</title>{script}")
    page = as_engineer("/ops")
    page.get_by_role("link", name="Report").click()
    page.wait_for_url("**/report/index.html")
    assert page.title() == "null"
    expect(page.get_by_role("link", name="dbt docs")).to_have_count(0)


@pytest.fixture
def real_site(servers: Any, running_app: Service, tmp_path: Path) -> Iterator[Service]:
    """The app and the demo's own accounts, on a copy of the CDP without any log."""
    url = with_database(servers.env["CDP_MONGO_URL"], f"pages_{uuid.uuid4().hex[:12]}")
    settings = replace(
        running_app.settings,
        mongo_url=url,
        seeds=SEEDS,
        var_dir=tmp_path / "var",
        secure_cookies=False,
        operations_refresh_s=0.2,
    )
    account = find_account("demo-small")
    shared.take(settings.var_dir)
    with (
        MongoClient[dict[str, Any]](servers.env["CDP_MONGO_URL"]) as client,
        connected(url) as database,
        serving(settings) as base,
    ):
        for name in ("contacts", "crm_contact_id_map"):
            source = client.get_default_database()[name]
            database[name].insert_many(source.find({"company_sso_id": account.company_sso_id}))
        put_real_probe(database, account.company_sso_id)
        yield Service(settings, database, base)
        client.drop_database(database.name)


def put_real_probe(database: CdpDatabase, company_sso_id: str) -> None:
    """Let the account's last probe be a passed one."""
    put_probe(database)
    database.crm_activity_log_migration_probes.update_many(
        {}, {"$set": {"company_sso_id": company_sso_id}}
    )


def test_a_triggered_run_is_seen_to_its_end(
    real_site: Service, servers: Any, contexts: Any
) -> None:
    """Triggered on the page, run by a real worker, followed without a reload until it is completed."""
    context: BrowserContext = contexts(
        base_url=real_site.url, http_credentials={"username": USERNAME, "password": PASSWORD}
    )
    page = context.new_page()
    page.goto("/ops/demo-small")
    page.get_by_role("button", name="Start a run").click()
    expect(page.get_by_role("status")).to_have_text("In progress waits for a worker")
    loaded_at = page.evaluate("performance.timeOrigin")
    env = os.environ | servers.env
    env |= {"CDP_MONGO_URL": real_site.settings.mongo_url, "PYTHONPATH": str(ROOT)}
    env |= {"VAR_DIR": str(real_site.settings.var_dir)}
    command = [sys.executable, "-m", "loaders", "worker", "--until-idle"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True) as worker:
        expect(page.get_by_role("status")).to_contain_text("transform", timeout=120_000)
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("Completed", timeout=180_000)
        _, said = worker.communicate(timeout=30)
    assert worker.returncode == 0, said
    assert page.evaluate("performance.timeOrigin") == loaded_at
    expect(page.get_by_role("rowheader")).to_contain_text(["completed", "takeover", "trigger"])
    expect(page.get_by_role("button", name="Start a run")).to_be_visible()
    page.reload()
    page.get_by_role("link", name="Report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Demo: a small shop")
