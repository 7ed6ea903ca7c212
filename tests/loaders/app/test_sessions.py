"""What support staff see of their own account, and of no other (rule: http)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import Decimal128, ObjectId

from tests.loaders.app.conftest import Service
from tests.loaders.app.documents import native_log, record
from tests.places.moments import moment

PREFIXES = ("/iag/v1", "/v1")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_account_without_a_job_is_not_started(service: Service, prefix: str) -> None:
    """Both paths answer the same, the gateway's prefix stripped or not."""
    with service.as_person() as person:
        answer = person.get(f"{prefix}/crm_migration/status")
    assert (answer.status_code, answer.json()) == (200, {"status": "not_started"})


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_status_is_a_subset(service: Service, prefix: str) -> None:
    """Progress and counts; no accuracy, no reasons, no error, no name of who asked."""
    job = service.jobs().start(requested_by="anna")
    job.update(accuracy_pct=98.5, progress_pct=40.0, reasons={"no_contact": 2}, cutoff=moment())
    with service.as_person() as person:
        shown = person.get(f"{prefix}/crm_migration/status").json()
    assert (shown["status"], shown["progress_pct"]) == ("in_progress", 40.0)
    assert set(shown) == {
        "status",
        "phase",
        "progress_pct",
        "counts",
        "started_at",
        "updated_at",
    }


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("path", ["crm_migration/status", "activity_logs?customer_id=customer-1"])
@pytest.mark.parametrize(
    ("companies", "status"),
    [
        pytest.param(["company-a"], 200, id="own"),
        pytest.param(["company-b"], 403, id="foreign"),
        pytest.param([""], 403, id="empty"),
        pytest.param(["company-a", "company-b"], 403, id="own and foreign"),
    ],
)
def test_another_account_is_refused(
    service: Service, prefix: str, path: str, companies: list[str], status: int
) -> None:
    """The tenant comes from the session; a parameter that names another is 403."""
    named = "&".join(f"company_sso_id={company}" for company in companies)
    separator = "&" if "?" in path else "?"
    with service.as_person() as person:
        answer = person.get(f"{prefix}/{path}{separator}{named}")
    assert answer.status_code == status, answer.text


def logs_of(service: Service, customer: str = "customer-1") -> list[dict[str, Any]]:
    """A contact's logs, as a person of company A sees them."""
    with service.as_person() as person:
        answer = person.get("/iag/v1/activity_logs", params={"customer_id": customer})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["activity_logs"])


def test_logs_are_native_and_migrated(service: Service) -> None:
    """Newest first; what only migrated logs have is absent from native ones."""
    migrated = record(1) | {"created_at": datetime(2024, 6, 1, 8, 0, 0, 5000)}
    service.database.activity_logs.insert_many(
        [native_log("company-a", "customer-1", _id=ObjectId("6" * 24)), migrated]
    )
    first, second = logs_of(service)
    assert first["created_at"] == "2024-06-01T08:00:00.005000Z"
    assert (first["source_tag"], first["external_id"]) == ("crm_migration", "crm_audit_1")
    assert first["metadata"]["auditable_type"] == "CrmDeal"
    assert second["id"] == "6" * 24
    assert not {"source_tag", "external_id", "metadata", "company_sso_id", "_id"} & set(second)


def test_only_the_contact_s_logs_are_listed(service: Service) -> None:
    """Neither another contact's, nor the same id's in another account."""
    service.database.activity_logs.insert_many(
        [native_log("company-a", "customer-2"), native_log("company-b", "customer-1")]
    )
    assert logs_of(service) == []
    assert len(logs_of(service, "customer-2")) == 1


def test_at_most_five_thousand_logs_are_listed(service: Service) -> None:
    """And half a megabyte a call: the newest, and where the next ones begin."""
    start = datetime(2024, 1, 1)
    bare = {"company_sso_id": "company-a", "customer_id": "c"}
    service.database.activity_logs.insert_many(
        [bare | {"_id": str(number)} for number in range(10_000, 15_001)]
    )
    service.database.activity_logs.insert_many(
        [
            native_log("company-a", "customer-1", created_at=start + timedelta(minutes=minute))
            for minute in range(5_000)
        ]
    )
    with service.as_person() as person:
        small = person.get("/iag/v1/activity_logs", params={"customer_id": "c"})
        usual = person.get("/iag/v1/activity_logs", params={"customer_id": "customer-1"})
    assert (len(small.json()["activity_logs"]), small.json()["next_after_id"]) == (5_000, "10001")
    logs = usual.json()["activity_logs"]
    assert logs[0]["created_at"] == "2024-01-04T11:19:00Z"
    assert logs[-1]["id"] == usual.json()["next_after_id"]
    assert max(len(small.content), len(usual.content)) <= 500_000


def test_every_value_of_bson_becomes_json(service: Service) -> None:
    """What JSON has not is text, and the answer is valid JSON."""
    values = {
        "decimal": Decimal128("1.50"),
        "nan": float("nan"),
        "bytes": b"\x00",
        "id": ObjectId("6" * 24),
        "list": [datetime(2024, 1, 1), None, True, 2**40],
    }
    service.database.activity_logs.insert_one(
        native_log("company-a", "customer-1", changes=[{"field": "x", "to": values}])
    )
    [log] = logs_of(service)
    assert log["changes"][0]["to"] == {
        "decimal": "1.50",
        "nan": "nan",
        "bytes": "AA==",
        "id": "6" * 24,
        "list": ["2024-01-01T00:00:00Z", None, True, 2**40],
    }


@pytest.mark.parametrize("query", ["", "?customer_id=", "?customer=customer-1"])
def test_logs_need_a_contact(service: Service, query: str) -> None:
    """400, and the parameter is named."""
    with service.as_person() as person:
        answer = person.get(f"/iag/v1/activity_logs{query}")
    assert (answer.status_code, answer.json()["error"]["path"]) == (400, "customer_id")
