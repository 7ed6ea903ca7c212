"""A session of one account never sees anything of another (rules: http, security)."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loaders.app.conftest import Service
from tests.loaders.app.documents import native_log, record

WORD_OF_B = "belongs-to-b"
PATHS = (
    "/iag/v1/crm_migration/status",
    "/v1/crm_migration/status",
    "/iag/v1/activity_logs",
    "/v1/activity_logs",
)
COMPANIES = st.sampled_from(["company-a", "company-b", "", "*", "company-b\0", '{"$ne":""}'])
CUSTOMERS = st.sampled_from(["customer-1", WORD_OF_B, "*", '{"$ne":""}', "customer-b"])
NAMES = st.sampled_from(
    ["company_sso_id", "customer_id", "company_sso_id[$ne]", "customer_id[$ne]", "source_tag"]
)
PARAMETERS = st.lists(st.tuples(NAMES, st.one_of(COMPANIES, CUSTOMERS, st.text())), max_size=6)


@pytest.fixture
def filled(service: Service) -> Service:
    """Logs and jobs of A and B; everything of B holds the same word."""
    about_b: dict[str, Any] = {"company_sso_id": "company-b", "category": WORD_OF_B}
    for number, customer in enumerate(["customer-1", "customer-b", WORD_OF_B]):
        service.database.activity_logs.insert_many(
            [
                record(number, **about_b, customer_id=customer),
                native_log("company-b", customer, category=WORD_OF_B),
                native_log("company-a", "customer-1", category="belongs-to-a"),
            ]
        )
    job = service.jobs("demo-medium").start(requested_by=WORD_OF_B)
    job.update(phase=WORD_OF_B)
    service.pass_probe("company-b")
    return service


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=st.sampled_from(PATHS), parameters=PARAMETERS)
def test_a_session_of_a_sees_nothing_of_b(
    filled: Service, path: str, parameters: list[tuple[str, str]]
) -> None:
    """Whatever is asked, an answer holds no word of B, and one that names B is refused."""
    with filled.as_person("company-a") as person:
        answer = person.get(path, params=httpx.QueryParams(tuple(parameters)))
    assert answer.status_code in (200, 400, 403)
    assert WORD_OF_B not in json.dumps(answer.json())
    if ("company_sso_id", "company-b") in parameters:
        assert answer.status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_a_session_of_b_sees_its_own(filled: Service, path: str) -> None:
    """The word is there to be seen: the property above is not empty."""
    with filled.as_person("company-b") as person:
        assert WORD_OF_B in person.get(path, params={"customer_id": "customer-1"}).text
