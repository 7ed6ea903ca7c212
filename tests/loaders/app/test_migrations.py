"""Trigger, status and rollback, with each of their answers (rule: http)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from loaders.jobs.lease import new_lease
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from tests.loaders.app.conftest import Service
from tests.loaders.app.documents import native_log, record
from tests.places.moments import moment

TRIGGER = "/private/activity_logs/crm_migration"
STATUS = f"{TRIGGER}/status"
ROLLBACK = f"{TRIGGER}/rollback"
CANCEL = f"{TRIGGER}/cancel"
FAILURES = f"{TRIGGER}/failures"
COMPANY = {"company_sso_id": "company-a"}


def post(service: Service, path: str, body: Any) -> httpx.Response:
    """Post JSON as the other service."""
    with service.as_service() as client:
        return client.post(path, json=body)


def told(service: Service, company: str = "company-a") -> dict[str, Any]:
    """The status of a company."""
    with service.as_service() as client:
        answer = client.get(STATUS, params={"company_sso_id": company})
    assert answer.status_code == 200
    return dict(answer.json())


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_trigger_queues_a_job(service: Service) -> None:
    """202; the job is in progress, held by nobody, in the caller's name, from the given start."""
    service.pass_probe()
    answer = post(service, TRIGGER, COMPANY | {"date_range_start": "2023-07-01T02:00:00+02:00"})
    job = service.jobs().last()
    assert job is not None
    assert answer.status_code == 202
    assert answer.json() == {"job_id": job["job_id"], "status": "in_progress"}
    assert (job["phase"], job["lease"], job["requested_by"]) == ("queued", None, "s2s-caller")
    assert job["date_range_start"] == "2023-07-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param({}, "company_sso_id", id="nothing"),
        pytest.param({"company_sso_id": ""}, "company_sso_id", id="empty"),
        pytest.param({"company_sso_id": 5}, "company_sso_id", id="number"),
        pytest.param({"company_sso_id": {"$ne": ""}}, "company_sso_id", id="operator"),
        pytest.param(COMPANY | {"force": True}, "force", id="unknown member"),
        pytest.param(COMPANY | {"resume": "yes"}, "resume", id="no boolean"),
        pytest.param(COMPANY | {"date_range_start": "soon"}, "date_range_start", id="no date"),
        pytest.param(COMPANY | {"date_range_start": 0}, "date_range_start", id="number for date"),
        pytest.param([], "", id="a list"),
    ],
)
def test_a_bad_trigger_is_told_where(service: Service, body: Any, path: str) -> None:
    """400 with the path of the fault, and no job."""
    answer = post(service, TRIGGER, body)
    assert code(answer) == (400, "INVALID_REQUEST")
    assert answer.json()["error"]["path"] == path
    assert service.jobs().last() is None


def test_a_body_that_is_no_json_is_refused(service: Service) -> None:
    """400 for the text, 415 for its type."""
    with service.as_service() as client:
        headers = {"Content-Type": "application/json"}
        assert code(client.post(TRIGGER, content=b"{", headers=headers))[0] == 400
        assert code(client.post(TRIGGER, data=COMPANY)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_disabled_account_is_not_triggered(service: Service) -> None:
    """403, by the seed's flag."""
    answer = post(service, TRIGGER, {"company_sso_id": "company-off"})
    assert code(answer) == (403, "MIGRATION_DISABLED")


@pytest.mark.parametrize("path", [TRIGGER, ROLLBACK])
def test_an_unknown_account_is_not_found(service: Service, path: str) -> None:
    """404."""
    assert code(post(service, path, {"company_sso_id": "nobody"})) == (404, "UNKNOWN_ACCOUNT")


def test_without_a_passed_probe_the_gates_are_told(service: Service) -> None:
    """422: an account that was never probed has none, a failed one names them."""
    never = post(service, TRIGGER, COMPANY)
    assert code(never) == (422, "PREREQUISITE_FAILED")
    assert never.json()["error"]["gates"] == []
    service.pass_probe(passed=False)
    failed = post(service, TRIGGER, COMPANY)
    assert code(failed) == (422, "PREREQUISITE_FAILED")
    gate = {"gate": "indexes", "found": "5", "needed": "6", "verdict": "fail"}
    assert failed.json()["error"]["gates"] == [gate]
    assert service.jobs().last() is None


def test_of_twenty_simultaneous_triggers_one_wins(service: Service) -> None:
    """One 202 and nineteen 409: the database decides, and there is one job."""
    service.pass_probe()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(service, TRIGGER, COMPANY), range(20)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 19
    refused = {code(answer) for answer in answers if answer.status_code == 409}
    assert refused == {(409, "JOB_ALREADY_RUNNING")}
    assert service.jobs().collection.count_documents({}) == 1


@pytest.mark.parametrize("status", ["in_progress", "rolling_back"])
def test_an_active_account_is_not_triggered(service: Service, status: str) -> None:
    """409, whatever the gates say; who holds the job is not told."""
    job = service.jobs().start(requested_by="anna")
    service.jobs().set_status(job.job_id, ["in_progress"], status=status)
    answer = post(service, TRIGGER, COMPANY)
    assert code(answer) == (409, "JOB_ALREADY_RUNNING")
    assert job.job_id in answer.text
    assert job.document["lease"]["owner"] not in answer.text


def halted(jobs: Jobs) -> str:
    """A job that halted after 20 audits."""
    job = jobs.start(requested_by="anna")
    counts = {**job.document["counts"], "migrated": 15, "failed": 5}
    job.update(counts=counts)
    job.finish("halted", error="too many")
    return job.job_id


def test_a_halted_job_goes_on_only_when_told(service: Service) -> None:
    """409 without `resume`; with it the same job is queued, and its failures are accepted."""
    service.pass_probe()
    job_id = halted(service.jobs())
    assert code(post(service, TRIGGER, COMPANY)) == (409, "JOB_HALTED")
    answer = post(service, TRIGGER, COMPANY | {"resume": True})
    job = service.jobs().last()
    assert job is not None
    assert (answer.status_code, answer.json()["job_id"]) == (202, job_id)
    assert (job["status"], job["phase"], job["lease"]) == ("in_progress", "queued", None)
    assert job["accepted"] == {"failed": 5, "processed": 20}
    assert [each["what"] for each in job["events"]] == ["trigger", "halted", "resume"]


def test_only_a_halted_or_failed_job_is_resumed(service: Service) -> None:
    """409 where there is none; a failed one goes on, or a new one is made without `resume`."""
    service.pass_probe()
    resume = COMPANY | {"resume": True}
    assert code(post(service, TRIGGER, resume)) == (409, "NOTHING_TO_RESUME")
    job = service.jobs().start(requested_by="anna")
    job.finish("failed", error="down")
    assert post(service, TRIGGER, resume).json()["job_id"] == job.job_id
    service.jobs().set_status(job.job_id, ["in_progress"], status="failed")
    assert post(service, TRIGGER, COMPANY).json()["job_id"] != job.job_id


def test_an_account_without_a_job_is_not_started(service: Service) -> None:
    """So is a company that nobody knows."""
    assert told(service) == told(service, "nobody") == {"status": "not_started"}


def test_the_status_tells_of_the_newest_job(service: Service) -> None:
    """Counts, rates and times, the zone written out; neither lease nor database key."""
    service.jobs().start(requested_by="anna").finish("failed", error="down")
    job = service.jobs().start(requested_by="bert")
    job.update(accuracy_pct=98.5, cutoff=moment(), reasons={"no_contact": 2})
    shown = told(service)
    assert (shown["status"], shown["job_id"], shown["requested_by"]) == (
        "in_progress",
        job.job_id,
        "bert",
    )
    assert (shown["accuracy_pct"], shown["reasons"]) == (98.5, {"no_contact": 2})
    assert shown["started_at"] == job.document["started_at"].isoformat() + "Z"
    assert shown["counts"]["migrated"] == 0
    assert not {"_id", "lease", "events", "finished_at"} & set(shown)


def test_a_status_needs_a_company(service: Service) -> None:
    """400, and the parameter is named."""
    with service.as_service() as client:
        answer = client.get(STATUS)
    assert answer.json()["error"]["path"] == "company_sso_id"
    assert answer.status_code == 400


def test_a_rollback_deletes_the_account_s_migrated_logs(service: Service) -> None:
    """Only those: native logs and another account's stay."""
    logs = [record(number) for number in range(1, 4)]
    others = [record(1, company_sso_id="company-b"), native_log("company-a", "customer-1")]
    service.database.activity_logs.insert_many([*logs, *others])
    answer = post(service, ROLLBACK, COMPANY)
    assert (answer.status_code, answer.json()) == (200, {"records_removed": 3})
    assert service.database.activity_logs.count_documents({}) == 2
    assert told(service)["status"] == "rolled_back"


def test_a_rollback_of_nothing_is_not_found(service: Service) -> None:
    """404, with a code of its own."""
    assert code(post(service, ROLLBACK, COMPANY)) == (404, "NOTHING_TO_ROLL_BACK")


def test_a_rollback_is_refused_while_a_job_runs(service: Service) -> None:
    """409, and nothing is deleted; a rollback of another process counts too."""
    service.database.activity_logs.insert_one(record(1))
    job = service.jobs().start(requested_by="anna")
    assert code(post(service, ROLLBACK, COMPANY)) == (409, "JOB_ALREADY_RUNNING")
    lease = new_lease("another-machine:1:1", timedelta(minutes=1))
    service.jobs().set_status(job.job_id, ["in_progress"], status="rolling_back", lease=lease)
    assert code(post(service, ROLLBACK, COMPANY)) == (409, "JOB_ALREADY_RUNNING")
    assert ActivityLogs(service.database, "company-a").count() == 1


def test_a_signed_off_account_is_not_rolled_back(service: Service) -> None:
    """409: the sign-off stands."""
    service.database.activity_logs.insert_one(record(1))
    job = service.jobs().start(requested_by="anna")
    service.jobs().set_status(job.job_id, ["in_progress"], status="signed_off")
    assert code(post(service, ROLLBACK, COMPANY)) == (409, "SIGNED_OFF")


def test_a_rollback_that_cannot_prove_itself_is_an_error(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500: a log that another writer adds meanwhile is left, and the job says so."""
    service.database.activity_logs.insert_one(record(1))
    native_state = ActivityLogs.native_state

    def with_another_writer(logs: ActivityLogs, last_id: Any = None) -> Any:
        service.database.activity_logs.insert_one(native_log("company-a", "customer-1"))
        return native_state(logs, last_id)

    service.database.activity_logs.insert_one(native_log("company-a", "customer-1", _id="z"))
    monkeypatch.setattr(ActivityLogs, "native_state", with_another_writer)
    answer = post(service, ROLLBACK, COMPANY)
    assert code(answer) == (500, "ROLLBACK_FAILED")
    assert told(service)["status"] == "rollback_failed"


def test_a_killed_rollback_is_finished_by_the_next_trigger(service: Service) -> None:
    """What it left is deleted, then a run is queued."""
    service.pass_probe()
    service.database.activity_logs.insert_one(record(1))
    job = service.jobs().start(requested_by="anna")
    service.jobs().set_status(job.job_id, ["in_progress"], status="rolling_back", lease=None)
    assert post(service, TRIGGER, COMPANY).status_code == 202
    assert ActivityLogs(service.database, "company-a").count() == 0
    found = service.jobs().collection.find_one({"job_id": job.job_id})
    assert found
    assert found["status"] == "rolled_back"


def test_a_queued_job_is_cancelled_and_a_running_one_is_asked_to_stop(service: Service) -> None:
    """`cancelled` at once, or `in_progress` until its worker has stopped it."""
    service.pass_probe()
    assert post(service, TRIGGER, COMPANY).status_code == 202
    answer = post(service, CANCEL, COMPANY)
    assert (answer.status_code, answer.json()) == (200, {"status": "cancelled"})
    assert told(service)["status"] == "cancelled"
    service.jobs().start(requested_by="anna", resume=True)
    assert post(service, CANCEL, COMPANY).json() == {"status": "in_progress"}
    last = service.jobs().last()
    assert last is not None
    assert last["cancel_asked_by"] == "s2s-caller"


def test_a_cancel_of_nothing_is_refused(service: Service) -> None:
    """404 without an account or a job, 409 when its last job is over."""
    assert code(post(service, CANCEL, {"company_sso_id": "x"})) == (404, "UNKNOWN_ACCOUNT")
    assert code(post(service, CANCEL, COMPANY)) == (404, "NOTHING_TO_CANCEL")
    service.jobs().start(requested_by="anna").finish("completed")
    assert code(post(service, CANCEL, COMPANY)) == (409, "NOTHING_TO_CANCEL")


def test_failures_are_told_page_by_page(service: Service) -> None:
    """By audit id, with where to go on; an account's own."""
    at = moment()
    failed = {"reason": "write_error", "job_id": "a", "times_tried": 2}
    failed |= {"first_failed_at": at, "failed_at": at}
    service.database.crm_activity_log_migration_failures.insert_many(
        [COMPANY | failed | {"crm_audit_id": number} for number in (3, 1, 2)]
        + [{"company_sso_id": "company-b", "crm_audit_id": 4} | failed]
    )
    with service.as_service() as client:
        first = client.get(FAILURES, params=COMPANY | {"limit": 2}).json()
        rest = client.get(FAILURES, params=COMPANY | {"after_id": first["next_after_id"]}).json()
        wrong = client.get(FAILURES, params=COMPANY | {"limit": 0})
    assert [each["crm_audit_id"] for each in first["failures"]] == [1, 2]
    assert [each["crm_audit_id"] for each in rest["failures"]] == [3]
    assert "next_after_id" not in rest
    assert first["failures"][0]["times_tried"] == 2
    assert code(wrong) == (400, "INVALID_REQUEST")
