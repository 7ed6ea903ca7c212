"""Every refusal is a page that says what to do (rule: pages)."""

from dataclasses import replace

import httpx
import pytest

from tests.loaders.app.conftest import Service, serving, session_token
from tests.loaders.app.documents import record
from tests.loaders.app.filling import CUSTOMER, fill_contact, native_log, put_job, put_probe
from tests.loaders.app.pages.conftest import Submit

TIMELINE = f"/contacts/{CUSTOMER}"


def refused(answer: httpx.Response, status: int, advice: str) -> None:
    """Check that an answer is a page of that status with that advice."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>" in answer.text
    assert advice in answer.text


def test_nobody_is_asked_for_the_service_s_credentials(service: Service) -> None:
    """401 with the challenge that makes a browser ask."""
    for path in ("/ops", "/ops/demo-small", "/ops/demo-small/rollback"):
        with service.client() as client:
            answer = client.get(path)
        refused(answer, 401, "Enter the user name and password")
        assert answer.headers["www-authenticate"].startswith("Basic ")


def test_nobody_is_sent_to_sign_in(service: Service) -> None:
    """401 without a session, with a forged one, and with a service's credentials."""
    fill_contact(service.database, native_log())
    with service.client() as nobody, service.as_service() as other:
        refused(nobody.get(TIMELINE), 401, "Sign in to the CDP")
        refused(other.get(TIMELINE), 401, "Sign in to the CDP")
        nobody.cookies.set("iag_session", session_token(key="x" * 48))
        refused(nobody.get(TIMELINE), 401, "Sign in to the CDP")


def test_a_timeline_needs_the_permission(service: Service) -> None:
    """403 for a session that may not view customers, or that asks for another account."""
    fill_contact(service.database, native_log())
    with service.as_person(permissions=()) as person:
        refused(person.get(TIMELINE), 403, "Ask an administrator")
    with service.as_person() as person:
        refused(person.get(TIMELINE, params={"company_sso_id": "company-b"}), 403, "account")


def test_another_account_s_contact_is_not_there(service: Service) -> None:
    """404, the same as for a contact that does not exist at all."""
    fill_contact(service.database, native_log())
    with service.as_person("company-b") as person:
        foreign, nobody = person.get(TIMELINE), person.get("/contacts/nobody")
    refused(foreign, 404, "open the contact from the CDP")
    assert foreign.text == nobody.text


def test_an_account_that_is_switched_off_is_not_run(service: Service, submit: Submit) -> None:
    """403, with the flag to set."""
    put_probe(service.database)
    refused(submit("/ops/demo-off/trigger"), 403, "Set migration_enabled to true")


def test_an_unknown_account_is_not_there(service: Service, submit: Submit) -> None:
    """404 for each of its pages."""
    with service.as_service() as client:
        refused(client.get("/ops/nobody"), 404, "Pick one from the list")
    refused(submit("/ops/nobody/trigger"), 404, "Pick one from the list")


CONFLICTS = {
    "in_progress": ({}, "Wait until it ends"),
    "halted": ({}, "resume the run there"),
    "completed": ({"resume": "true"}, "Start a run instead"),
}


@pytest.mark.parametrize("status", CONFLICTS)
def test_a_job_that_is_in_the_way_is_named(service: Service, submit: Submit, status: str) -> None:
    """409, for each of the endpoint's reasons."""
    put_probe(service.database)
    page = service.as_service()
    fields, advice = CONFLICTS[status]
    put_job(service.database, status)
    with page:
        refused(submit("/ops/demo-small/trigger", opened=OPENED, **fields), 409, advice)


OPENED = "/ops/demo-medium"  # its form is there whatever demo-small is in


def test_without_a_probe_a_run_is_refused(service: Service, submit: Submit) -> None:
    """422, with what to run."""
    put_probe(service.database, passed=False)
    service.database.crm_activity_log_migration_probes.delete_many({})
    refused(submit("/ops/demo-small/trigger"), 422, "make probe")


def test_a_signed_off_migration_stays(service: Service, submit: Submit) -> None:
    """409 for a rollback with the right name."""
    put_probe(service.database)
    put_job(service.database, "signed_off")
    answer = submit("/ops/demo-small/rollback", account="demo-small")
    refused(answer, 409, "A signed-off migration stays")


def test_a_rollback_says_what_would_be_lost(service: Service) -> None:
    """How many logs no run can write again, or that nobody knows."""
    service.database.activity_logs.insert_many([record(number) for number in range(3)])
    job = service.jobs().start(requested_by="anna")
    job.finish("completed")
    with service.as_service() as client:
        page = client.get("/ops/demo-small/rollback").text
        assert "of which nobody knows how many no run can write again" in page
        service.jobs().set_status(job.job_id, ["completed"], kept_count=2)
        page = client.get("/ops/demo-small/rollback").text
    assert "<b>3</b> migrated logs would be deleted, 2 of which no run can write again" in page


def test_nothing_to_roll_back_is_said(service: Service, submit: Submit) -> None:
    """404 for the form, and the page before it says so too, without a form."""
    put_probe(service.database)
    with service.as_service() as client:
        page = client.get("/ops/demo-small/rollback")
    assert "Nothing to roll back" in page.text
    assert "<form" not in page.text
    answer = submit("/ops/demo-small/rollback", account="demo-small")
    refused(answer, 404, "There is nothing to do.")


def test_mongodb_lost_is_a_page_too(service: Service) -> None:
    """503, without its address, for both kinds of pages."""
    url = "mongodb://127.0.0.1:9/lost?serverSelectionTimeoutMS=200"
    with serving(replace(service.settings, mongo_url=url)) as base:
        lost = Service(service.settings, service.database, base)
        with lost.as_service() as client, lost.as_person() as person:
            for answer in (client.get("/ops"), person.get(TIMELINE)):
                refused(answer, 503, "load the page again")
                assert answer.headers["retry-after"] == "10"
                assert "127.0.0.1" not in answer.text
