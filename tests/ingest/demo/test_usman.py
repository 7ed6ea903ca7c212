"""USMAN's contract: basic authentication, fifty addresses a call, any case (rule: usman)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

COMPANY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def client(servers: Any) -> Iterator[httpx.Client]:
    """A client that knows the password."""
    env = servers.env
    credentials = (env["USMAN_USERNAME"], env["USMAN_PASSWORD"])
    with httpx.Client(base_url=env["USMAN_URL"], auth=credentials) as found:
        yield found


def ask(client: httpx.Client, emails: str, **options: Any) -> httpx.Response:
    """Ask for addresses of demo-small."""
    parameters = {"company_sso_id": COMPANY, "emails": emails}
    return client.get("/private/users", params=parameters, **options)


def test_an_address_is_found_whatever_its_case(client: httpx.Client) -> None:
    """The answer has the SSO id, the address and the status."""
    users = ask(client, "USER1@Demo-Small.example").json()["users"]
    assert [set(user) for user in users] == [{"sso_id", "email", "status"}]
    assert users[0]["email"] == "user1@demo-small.example"


def test_users_are_active_inactive_or_unknown(client: httpx.Client) -> None:
    """Most are active; the actor's rules need the others too (rule: actor)."""
    emails = ",".join(f"user{number}@demo-small.example" for number in range(1, 13))
    statuses = [user["status"] for user in ask(client, emails).json()["users"]]
    assert {"active", "inactive"} == set(statuses)
    assert len(statuses) < 12
    assert statuses.count("active") > 6


@pytest.mark.parametrize(("count", "status"), [(50, 200), (51, 400)])
def test_fifty_addresses_are_the_most(client: httpx.Client, count: int, status: int) -> None:
    """The fifty-first is refused."""
    assert ask(client, ",".join(f"u{n}@x.example" for n in range(count))).status_code == status


@pytest.mark.parametrize("auth", [("migration", "wrong"), ("other", "wrong")])
def test_wrong_credentials_are_refused(client: httpx.Client, auth: tuple[str, str]) -> None:
    """Nothing is told to a stranger."""
    answer = ask(client, "user1@demo-small.example", auth=auth)
    assert (answer.status_code, "users" in answer.json()) == (401, False)


def test_another_company_sees_nothing(client: httpx.Client) -> None:
    """The company is part of the question."""
    parameters = {"company_sso_id": "other", "emails": "user1@demo-small.example"}
    assert client.get("/private/users", params=parameters).json() == {"users": []}
