"""Who may see what of an account's own status and logs (spec §11)."""

import pytest

from .conftest import Service


@pytest.mark.parametrize("prefix", ["/iag/v1", "/v1"])
def test_an_account_without_a_job_is_not_started(service: Service, prefix: str) -> None:
    """Both paths answer the same, the gateway's prefix stripped or not."""
    with service.as_person() as person:
        answer = person.get(f"{prefix}/crm_migration/status")
    assert (answer.status_code, answer.json()) == (200, {"status": "not_started"})
