"""Pushed records follow the loader's rules (rules: document, http)."""

import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from loaders.documents.document import content_hash
from tests.loaders.app.conftest import Service
from tests.loaders.app.documents import record

PATH = "/private/activity_logs/migrate"


def push(service: Service, *records: Any) -> httpx.Response:
    """Push records as the other service."""
    with service.as_service() as client:
        return client.post(PATH, json={"records": records})


def test_a_record_becomes_a_document(service: Service) -> None:
    """Milliseconds are kept, absent is absent, and the hash is the loader's own."""
    sent = record(1, metadata={"content_hash": "forged", "comment": None}, user_id=None)
    answer = push(service, sent)
    assert answer.json() == {
        "inserted": 1,
        "skipped": 0,
        "failed": 0,
        "results": [{"external_id": "crm_audit_1", "status": "inserted"}],
    }
    [stored] = service.database.activity_logs.find()
    assert stored["created_at"] == datetime(2024, 5, 1, 12, 0, 0, 123000)
    assert stored["changes"] == [{"field": "amount", "from": None, "to": 12.5}]
    assert stored["metadata"]["content_hash"] == content_hash(stored) != "forged"
    assert "user_id" not in stored
    assert "comment" not in stored["metadata"]


def test_a_record_is_written_once(service: Service) -> None:
    """What is there is skipped, whatever it holds, and nothing is overwritten."""
    assert push(service, record(1)).json()["inserted"] == 1
    again = push(service, record(1), record(2), record(1, action="other"), record(2))
    assert again.json() == {
        "inserted": 1,
        "skipped": 3,
        "failed": 0,
        "results": [
            {
                "external_id": "crm_audit_1",
                "status": "skipped",
                "reason": "duplicate_external_id",
            },
            {"external_id": "crm_audit_2", "status": "inserted"},
            {
                "external_id": "crm_audit_1",
                "status": "skipped",
                "reason": "duplicate_external_id",
            },
            {
                "external_id": "crm_audit_2",
                "status": "skipped",
                "reason": "duplicate_external_id",
            },
        ],
    }
    assert service.database.activity_logs.count_documents({"action": "update"}) == 2


def test_a_record_of_a_run_is_known_by_its_job(service: Service) -> None:
    """A record that carries its job keeps it, and a repeated push of it is skipped still."""
    sent = record(1, metadata={"job_id": "job-1"})
    assert push(service, sent).json()["inserted"] == 1
    assert push(service, sent).json()["skipped"] == 1
    [stored] = service.database.activity_logs.find()
    assert stored["metadata"]["job_id"] == "job-1"


def test_a_document_too_large_fails_alone(service: Service) -> None:
    """The record beside it is written."""
    large = record(1, changes=[{"field": "body", "from": None, "to": "x" * 17_000_000}])
    answer = push(service, large, record(2)).json()
    assert [result.get("reason") for result in answer["results"]] == ["document_too_large", None]
    assert (answer["failed"], answer["inserted"]) == (1, 1)


def test_what_mongodb_refuses_is_a_write_error(service: Service) -> None:
    """A collection with a validator of its own: the record fails, and the answer says so."""
    validator = {"category": {"$ne": "refused"}}
    service.database.command("collMod", "activity_logs", validator=validator)
    try:
        answer = push(service, record(1, category="refused"), record(2)).json()
    finally:
        service.database.command("collMod", "activity_logs", validator={})
    assert [result.get("reason") for result in answer["results"]] == ["write_error", None]


def test_what_json_has_and_bson_has_not_is_kept_as_text(service: Service) -> None:
    """Integers beyond 64 bits, as the loader keeps them."""
    push(service, record(1, changes=[{"field": "n", "from": 2**63, "to": 2**63 - 1}]))
    [stored] = service.database.activity_logs.find()
    assert stored["changes"] == [{"field": "n", "from": str(2**63), "to": 2**63 - 1}]


DENIED = {
    "a field": ({"field": "API_Token", "to": "s3cret"}, None),
    "a padded field": ({"field": " encrypted_password\t", "from": "s3cret", "to": 1}, None),
    "a full-width field": ({"field": "\uff41\uff30I_token", "to": "s3cret"}, None),
    "a mathematical field": ({"field": "\U0001d41api_token", "to": "s3cret"}, None),
    "a field with a letter without width": ({"field": "api\u200b_token", "to": "s3cret"}, None),
    "a scalar in a map": (
        {"field": "f", "to": {"otp_secret": "s3cret", "n": 1}},
        {"field": "f", "from": None, "to": {"n": 1}},
    ),
    "a scalar in a list in a map": (
        {"field": "f", "from": {"a": [{"Otp_Secret": "s3cret"}, 2]}, "to": 1},
        {"field": "f", "from": {"a": [{}, 2]}, "to": 1},
    ),
    "a map in a map": ({"field": "f", "to": {"n": 1, "otp_secret": {"of": "s3cret"}}}, None),
    "a padded name in a map": ({"field": "f", "to": [{"otp_secret ": "s3cret"}]}, None),
}


@pytest.mark.parametrize("case", DENIED)
def test_a_denied_field_is_dropped_and_named(service: Service, case: str) -> None:
    """At any depth and in any disguise, as the transform drops it; the rest is written."""
    sent, kept = DENIED[case]
    plain = {"field": "amount", "from": None, "to": "api_token"}
    answer = push(service, record(1, changes=[sent, plain])).json()
    [stored] = service.database.activity_logs.find()
    assert stored["changes"] == [*([kept] if kept else []), plain]
    [result] = answer["results"]
    assert (result["status"], len(result["denied_fields"])) == ("inserted", 1)
    assert "s3cret" not in str(stored) + str(answer)


def test_an_update_of_denied_fields_alone_is_skipped(service: Service) -> None:
    """There is nothing to show, unless it has a comment; a create is shown without changes."""
    secret = [{"field": "api_token", "to": "s3cret"}]
    answer = push(
        service,
        record(1, changes=secret),
        record(2, changes=secret, metadata={"comment": "told"}),
        record(3, changes=secret, metadata={"audit_action": "create"}),
    ).json()
    assert [result.get("reason") for result in answer["results"]] == ["no_changes", None, None]
    assert service.database.activity_logs.count_documents({"changes": []}) == 2


FAULTS = {
    "no time": (record(created_at="yesterday"), "created_at"),
    "a time without a zone": (record(created_at="2024-05-01T12:00:00"), "created_at"),
    "a time beyond the years": (record(created_at="9999-12-31T23:59:59-01:00"), "created_at"),
    "another tag": (record(source_tag="native"), "source_tag"),
    "another id": (record(external_id="crm_audit_2"), "external_id"),
    "no id of an audit": (record(external_id="4711"), "external_id"),
    "an operator for an id": (record(company_sso_id={"$ne": ""}), "company_sso_id"),
    "an unknown member": (record(_id="mine"), "_id"),
    "an unknown actor": (record(actor={"type": "robot"}), "actor.type"),
    "a change without a field": (record(changes=[{"to": 1}]), "changes[0].field"),
    "a number for an id": (record(metadata={"auditable_id": "5"}), "metadata.auditable_id"),
    "an id beyond 64 bits": (record(metadata={"version": 2**63}), "metadata.version"),
    "no customer": (record(customer_id=None), "customer_id"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_invalid_record_is_told_where(service: Service, fault: str) -> None:
    """400 with the path, and not one record of the request is written."""
    sent, path = FAULTS[fault]
    answer = push(service, *[record(number) for number in range(11, 14)], sent)
    assert answer.status_code == 400
    assert answer.json()["error"]["path"] == f"records[3].{path}"
    assert service.database.activity_logs.count_documents({}) == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_has_not_is_refused(service: Service, number: str) -> None:
    """400 with the path."""
    text = json.dumps({"records": [record(changes=[{"field": "n", "to": ["?"]}])]})
    with service.as_service() as client:
        headers = {"Content-Type": "application/json"}
        answer = client.post(PATH, content=text.replace('"?"', number), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["path"] == "records[0].changes[0].to"


@pytest.mark.parametrize("count", [0, 21])
def test_a_request_holds_one_to_twenty_records(service: Service, count: int) -> None:
    """400 with the path."""
    answer = push(service, *[record(number) for number in range(count)])
    assert answer.status_code == 400
    assert answer.json()["error"]["path"] == "records"


def test_twenty_records_are_taken(service: Service) -> None:
    """Of several accounts."""
    records = [
        record(number, company_sso_id="company-b" if number % 2 else "company-a")
        for number in range(20)
    ]
    assert push(service, *records).json()["inserted"] == 20


def test_an_unknown_account_is_not_found(service: Service) -> None:
    """404, and not one record of the request is written."""
    answer = push(service, record(1), record(2, company_sso_id="nobody"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "UNKNOWN_ACCOUNT")
    assert service.database.activity_logs.count_documents({}) == 0


def test_nothing_is_pushed_into_a_rollback(service: Service) -> None:
    """409."""
    job = service.jobs().start(requested_by="anna")
    service.jobs().set_status(job.job_id, ["in_progress"], status="rolling_back")
    answer = push(service, record(1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "JOB_ALREADY_RUNNING")


@pytest.mark.parametrize(
    ("noted", "is_written"),
    [
        ({"customer_id": "customer-1", "crm_person_ids": []}, False),
        ({"customer_id": "another", "crm_person_ids": [7, 30]}, False),
        ({"customer_id": "another", "crm_person_ids": [7]}, True),
        ({"company_sso_id": "company-b", "customer_id": "customer-1"}, True),
    ],
)
def test_who_was_to_be_forgotten_gets_no_log(
    service: Service, noted: dict[str, Any], is_written: bool
) -> None:
    """Neither as the contact nor as the person; of another company it is somebody else."""
    company = {"company_sso_id": "company-a"}
    service.database.crm_activity_log_migration_erasures.insert_one(company | noted)
    sent = record(1, customer_id="customer-1", metadata={"crm_person_id": 30})
    [result] = push(service, sent).json()["results"]
    assert result["status"] == ("inserted" if is_written else "skipped")
    assert result.get("reason") == (None if is_written else "erased")
    assert service.database.activity_logs.count_documents({}) == is_written
