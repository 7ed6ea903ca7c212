"""An answer stays below half a megabyte, whatever jobs, probes and failures there are (rule: http)."""

from typing import Any

from ingest.shared.indexes import FAILURES, JOBS, PROBES
from tests.loaders.app.conftest import Service
from tests.loaders.app.filling import put_job, put_probe
from tests.places.moments import moment

MOST_BYTES = 500_000
LONG = "x" * 1_000_000
FAILED = 5_000


def test_an_account_with_much_to_tell(service: Service) -> None:
    """20,000 events, a long error and long gates: the page shows the last and the beginning."""
    put_probe(service.database)
    put_job(service.database, "failed", error=LONG)
    event = {"at": moment(), "who": "anna", "what": "release", "detail": "d" * 500}
    service.database[JOBS].update_one(
        {}, {"$set": {"events": [event] * 19_999 + [event | {"what": "last_one"}]}}
    )
    service.database[PROBES].update_one({}, {"$set": {"gates.0.found": LONG, "gates.0.hint": LONG}})
    with service.as_service() as client:
        for path in ("/ops", "/ops/demo-small"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert len(answer.content) < MOST_BYTES
    assert "last one" in answer.text


def test_many_failures_come_in_pages(service: Service) -> None:
    """As many as a caller may ask for are more than an answer holds; it says where to go on."""
    failure: dict[str, Any] = {
        "company_sso_id": "company-a",
        "reason": "unparseable_changes",
        "job_id": "j" * 36,
    }
    failure |= {"times_tried": 1, "first_failed_at": moment(), "failed_at": moment()}
    service.database[FAILURES].insert_many(
        failure | {"crm_audit_id": 10**15 + number} for number in range(FAILED)
    )
    ids: list[int] = []
    asked: dict[str, str | int] = {"company_sso_id": "company-a", "limit": FAILED}
    with service.as_service() as client:
        while len(ids) < FAILED:
            answer = client.get("/private/activity_logs/crm_migration/failures", params=asked)
            assert len(answer.content) < MOST_BYTES
            ids += [each["crm_audit_id"] for each in answer.json()["failures"]]
            asked["after_id"] = answer.json().get("next_after_id", ids[-1])
    assert ids == [10**15 + number for number in range(FAILED)]
