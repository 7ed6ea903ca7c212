"""USMAN answers for the account's users (rules: usman, gates)."""

import pytest

from ingest.errors import UsmanError
from ingest.probe.gates import Gate, Verdict
from ingest.probe.usman_answers import USMAN, read_emails, usman_gate
from ingest.sources.usman import Usman
from tests.ingest.probe.conftest import Place


def gate_of(place: Place) -> Gate:
    """Ask the gate."""
    with place.crm() as crm, Usman.opened(place.settings, place.account) as usman:
        emails = read_emails(crm, place.settings)
        return USMAN.asked(lambda: usman_gate(emails, usman))


def test_an_answer_passes_and_names_nobody(place: Place) -> None:
    """The account's own users are asked for in one call; the result holds counts only."""
    gate = gate_of(place)
    assert gate.verdict is Verdict.PASS
    assert gate.details == {"asked_count": 4, "known_count": 4}
    [asked] = place.sources.usman.asked
    assert asked["emails"].split(",") == [f"user{number}@example.com" for number in range(1, 5)]
    assert "@" not in f"{gate}"


def test_a_sample_is_one_call(place: Place) -> None:
    """Of many users fifty are asked for, none deleted and none without an address."""
    place.sources.crm(
        "insert into users select number, 101, 'u' || number || '@example.com', null, "
        "case when number > 200 then now() end from generate_series(101, 300) as number; "
        "insert into users values (301, 101, ' ', null, null), (302, 101, 'a,b@x.y', null, null)"
    )
    gate = gate_of(place)
    assert gate.details["asked_count"] == 50
    assert len(place.sources.usman.asked) == 1


def test_no_user_is_a_warning(place: Place) -> None:
    """There is nobody to ask for, so USMAN is not asked."""
    place.sources.crm("delete from users where organization_id = 101")
    assert gate_of(place).verdict is Verdict.WARN
    assert place.sources.usman.asked == []


def test_an_answer_that_knows_nobody_is_a_warning(place: Place) -> None:
    """Most likely the company is a wrong one."""
    place.sources.usman.replies = [lambda _: (200, b'{"users": []}')]
    gate = gate_of(place)
    assert gate.verdict is Verdict.WARN
    assert "company_sso_id" in gate.hint


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [(401, b"", "USMAN_PASSWORD"), (404, b"", "USMAN_URL"), (200, b"<html>", "USMAN_URL")],
    ids=["credentials", "address", "nonsense"],
)
def test_a_wrong_answer_fails(place: Place, status: int, body: bytes, word: str) -> None:
    """The hint says which variable to look at."""
    place.sources.usman.replies = [lambda _: (status, body)]
    gate = gate_of(place)
    assert gate.verdict is Verdict.FAIL
    assert word in gate.hint


def test_a_service_that_is_down_fails_after_its_retries(place: Place) -> None:
    """Every attempt is made, then the gate says so."""
    place.sources.usman.replies = [lambda _: (503, b"")]
    with Usman.opened(place.settings, place.account) as opened:
        usman = Usman(opened._client, place.account, first_wait_s=0)
        with pytest.raises(UsmanError, match="is down"):
            usman_gate(["a@example.com"], usman)
    assert len(place.sources.usman.asked) == 5
