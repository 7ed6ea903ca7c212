"""USMAN is asked little, patiently, and never believed when it talks nonsense (rule: usman)."""

from collections.abc import Iterator

import duckdb
import httpx
import pytest

from ingest.errors import UsmanError
from ingest.shared.seeds import find_account
from ingest.sources.usman import Usman
from tests.places.crm_sources import Reply, Sources, UsmanServer, known, usman_server


@pytest.fixture
def server() -> Iterator[UsmanServer]:
    """A real HTTP server."""
    with usman_server() as server:
        yield server


@pytest.fixture
def usman(server: UsmanServer) -> Iterator[Usman]:
    """A client that does not wait long."""
    with httpx.Client(base_url=server.url, auth=("u", "p"), timeout=1) as client:
        yield Usman(client, find_account("demo-small"), first_wait_s=0.001)


HALF_A_LETTER = rb'{"users": [{"email": "a@example.com", "sso_id": "\ud800", "status": "active"}]}'


def always(status: int, body: bytes = b"") -> Reply:
    """Make a reply that does not look at the question."""
    return lambda _query: (status, body)


def test_at_most_fifty_e_mails_go_in_a_call(usman: Usman, server: UsmanServer) -> None:
    """Rule `usman`; 120 e-mails are three calls, and each names the company."""
    emails = [f"user{number}@example.com" for number in range(120)]
    answer = usman.ask(emails)
    assert [len(query["emails"].split(",")) for query in server.asked] == [50, 50, 20]
    assert {query["company_sso_id"] for query in server.asked} == {
        "11111111-1111-4111-8111-111111111111"
    }
    assert answer.users["email"].to_pylist() == emails


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_usman_is_asked_again(usman: Usman, server: UsmanServer, status: int) -> None:
    """Two refusals, then an answer."""
    server.replies = [always(status), always(status), known]
    assert usman.ask(["a@example.com"]).lookups.to_pylist() == [
        {"email": "a@example.com", "found": True}
    ]
    assert len(server.asked) == 3


def test_a_user_that_usman_does_not_know_is_noted(usman: Usman, server: UsmanServer) -> None:
    """So that a rerun does not ask again."""
    server.replies = [always(200, b'{"users": []}')]
    answer = usman.ask(["a@example.com"])
    assert answer.users.num_rows == 0
    assert answer.lookups.to_pylist() == [{"email": "a@example.com", "found": False}]


def test_of_two_users_with_one_e_mail_the_active_one_counts(
    usman: Usman, server: UsmanServer
) -> None:
    """One row an e-mail lands, whatever the order of the answer."""
    body = (
        b'{"users": [{"sso_id": "1", "email": "A@x.co", "status": "active"},'
        b' {"sso_id": "2", "email": "a@x.co", "status": "locked"}]}'
    )
    server.replies = [always(200, body)]
    assert usman.ask(["a@x.co"]).users["sso_id"].to_pylist() == ["1"]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (always(401), "USMAN_USERNAME"),
        (always(404), "status 404"),
        (always(502), "is down: status 502"),
        (always(200, b"<html>"), "answer is not"),
        (always(200, b'{"users": [{"email": null}]}'), "answer is not"),
        (always(200, b"[" * 100_000), "answer is not"),
        (always(200, HALF_A_LETTER), "answer is not"),
        (always(200, b'{"users": [' + b" " * 5_000_000 + b"]}"), "longer than 4,000,000 bytes"),
        (always(200, b"[]"), "answer is not"),
    ],
    ids=["401", "404", "502", "html", "null-email", "deep", "half-a-letter", "long", "list"],
)
def test_a_bad_answer_is_one_clear_error(
    usman: Usman, server: UsmanServer, reply: Reply, message: str
) -> None:
    """It says what is wrong and which variable to check."""
    server.replies = [reply]
    with pytest.raises(UsmanError, match=message):
        usman.ask(["a@example.com"])


def test_an_extract_without_usman_stops_and_goes_on_later(sources: Sources) -> None:
    """Rule `usman`: never a silent "system"; the audits that landed are not read again."""
    sources.usman.replies = [always(401)]
    stopped = sources.extract()
    assert stopped.returncode == 1
    assert "USMAN refuses the credentials" in stopped.stderr
    assert stopped.stderr.count("\n") == 1
    sources.usman.replies = [known]
    assert "200 audits staged, 0 of them new" in sources.extract().stdout
    assert sources.staged("select count(*) from raw_crm.extracts") == [(1,)]
    assert sources.staged("select email from raw_usman.users order by email limit 1") == [
        ("user1@example.com",)
    ]


@pytest.mark.parametrize("left", ["users", "lookups"])
def test_of_a_half_landed_answer_the_rest_is_asked_again(sources: Sources, left: str) -> None:
    """A process was killed between the two tables: nobody is lost, and nobody stands twice."""
    sources.extract()
    lost = {"users": "lookups", "lookups": "users"}[left]
    both = "select * from raw_usman.users full join raw_usman.lookups using (email) order by email"
    whole = sources.staged(both)
    with duckdb.connect(sources.var_dir / "demo-small" / "staging.duckdb") as warehouse:
        warehouse.execute(f"truncate raw_usman.{lost}")
    assert sources.extract().returncode == 0
    assert sources.staged(both) == whole
    assert whole
