"""Only a form of our own page, in the browser that it was given to, does anything."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.loaders.app.conftest import SECRET, Service, session_token
from tests.loaders.app.filling import fill_contact, migrated_log, put_probe
from tests.loaders.app.pages.conftest import Submit, form_token, keep_cookies

TRIGGER, ROLLBACK = "/ops/demo-small/trigger", "/ops/demo-small/rollback"
PROBE, SIGN_OFF = "/ops/demo-small/probe", "/ops/demo-small/signoff"


def jobs(service: Service) -> int:
    """Count the jobs."""
    return service.database.crm_activity_log_migration_jobs.count_documents({})


def test_our_own_form_queues_a_run(service: Service, submit: Submit) -> None:
    """With its token, from the same origin: the answer leads back to the account."""
    put_probe(service.database)
    origin = {"Origin": service.url, "Sec-Fetch-Site": "same-origin"}
    answer = submit(TRIGGER, headers=origin)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ops/demo-small")
    job = service.database.crm_activity_log_migration_jobs.find_one()
    assert job is not None
    assert (job["phase"], job["requested_by"]) == ("queued", "s2s-caller")


FOREIGN: dict[str, dict[str, Any]] = {
    "another site": {"headers": {"Sec-Fetch-Site": "cross-site"}},
    "another host of this site": {"headers": {"Sec-Fetch-Site": "same-site"}},
    "another origin": {"headers": {"Origin": "https://elsewhere.example"}},
    "an origin that is none": {"headers": {"Origin": "http://["}},
    "an origin of nobody": {"headers": {"Origin": "null"}},
    "no token": {"form_token": ""},
    "a forged token": {"form_token": session_token(key="x" * 48, aud="operations_form", nonce="n")},
    "a session as token": {"form_token": session_token()},
    "a token of another browser": {
        "form_token": session_token(aud="operations_form", nonce="another")
    },
    "a token without end": {
        "form_token": session_token(aud="operations_form", nonce="another", exp=None)
    },
    "another browser's cookie": {"headers": {"Cookie": "crm_migration_form=another"}},
    "an empty cookie": {"headers": {"Cookie": "crm_migration_form="}},
}


@pytest.mark.parametrize("difference", FOREIGN)
@pytest.mark.parametrize("path", [TRIGGER, ROLLBACK, PROBE, SIGN_OFF, "/ops"])
def test_a_foreign_form_does_nothing(
    service: Service, submit: Submit, path: str, difference: str
) -> None:
    """403 as a page, although the credentials are right: no job, and no log is gone."""
    put_probe(service.database)
    fill_contact(service.database, migrated_log(1))
    fields = {"account": "demo-small", "by": "Anna", "do": "trigger", "account.demo-small": "on"}
    answer = submit(path, **fields, **FOREIGN[difference])
    assert answer.status_code == 403
    assert "Nothing was done." in answer.text
    assert (jobs(service), service.database.activity_logs.count_documents({})) == (0, 1)
    assert service.database.crm_activity_log_migration_errands.count_documents({}) == 0


def test_a_token_ends(service: Service) -> None:
    """A form that was left open for too long is refused, its cookie being right."""
    put_probe(service.database)
    with service.as_service() as client:
        keep_cookies(client, client.get("/ops/demo-small"))
        nonce = client.cookies.get("crm_migration_form", domain="")
        ended = datetime.now(UTC) - timedelta(seconds=1)
        claims = {"aud": "operations_form", "nonce": nonce, "exp": ended}
        token = jwt.encode(claims, SECRET, "HS256")
        answer = client.post(TRIGGER, data={"form_token": token})
    assert (answer.status_code, jobs(service)) == (403, 0)


def test_a_form_token_opens_no_session(service: Service) -> None:
    """It is signed with the same key and is not a session."""
    with service.as_service() as client:
        token = form_token(client.get("/ops/demo-small").text)
    bearer = {"Authorization": f"Bearer {token}"}
    with service.client(headers=bearer) as client:
        assert client.get("/contacts/anybody").status_code == 401


def test_without_credentials_a_form_does_nothing(service: Service) -> None:
    """401 comes first, whatever the token is."""
    put_probe(service.database)
    with service.as_service() as engineer, service.client() as nobody:
        page = engineer.get("/ops/demo-small")
        keep_cookies(nobody, page)
        answer = nobody.post(TRIGGER, data={"form_token": form_token(page.text)})
    assert (answer.status_code, jobs(service)) == (401, 0)


def test_a_form_must_be_a_form(service: Service) -> None:
    """JSON, text and too many fields are refused as pages."""
    with service.as_service() as client:
        as_json = client.post(TRIGGER, json={"form_token": "x"})
        many = client.post(TRIGGER, data={f"field_{number}": "x" for number in range(200)})
    assert (as_json.status_code, many.status_code) == (415, 400)
    assert all(answer.headers["content-type"].startswith("text/html") for answer in (as_json, many))


def test_a_date_that_is_none_is_refused(service: Service, submit: Submit) -> None:
    """The form's fields go through the model of the endpoint."""
    put_probe(service.database)
    answer = submit(TRIGGER, date_range_start="yesterday")
    assert (answer.status_code, jobs(service)) == (400, 0)
    assert "must be a time with a zone" in answer.text


def test_a_run_of_a_part_is_queued(service: Service, submit: Submit) -> None:
    """The day of the form is the start of the scope."""
    put_probe(service.database)
    assert submit(TRIGGER, date_range_start="2020-01-01").status_code == 303
    job = service.database.crm_activity_log_migration_jobs.find_one()
    assert job is not None
    assert job["date_range_start"].startswith("2020-01-01")
