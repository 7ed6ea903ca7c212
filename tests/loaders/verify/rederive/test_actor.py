"""Who did it: the four cases and their edges (rule: actor)."""

from typing import Any

import pytest

from loaders.verify.rederive.actor import Actor, derived_actor
from loaders.verify.rederive.facts import CrmUser, Known, SsoUser
from tests.loaders.verify.rederive.audits import audit

KNOWN = Known(
    users={
        7: CrmUser(7, " Ayu@X.io ", " Ayu ", is_deleted=False),
        8: CrmUser(8, "budi@x.io", "Budi", is_deleted=False),
        9: CrmUser(9, "citra@x.io", "Citra", is_deleted=True),
        10: CrmUser(10, None, None, is_deleted=False),
    },
    sso_users={
        "ayu@x.io": SsoUser("sso-7", is_active=True),
        "budi@x.io": SsoUser("sso-8", is_active=False),
        "citra@x.io": SsoUser("sso-9", is_active=True),
    },
)
CASES: dict[str, tuple[dict[str, Any], Actor]] = {
    "active": ({"user_id": 7, "user_type": "User"}, Actor("user", "Ayu", 7, "sso-7")),
    "not active in USMAN": ({"user_id": 8, "user_type": "User"}, Actor("deactivated", "Budi", 8)),
    "deleted in the CRM": ({"user_id": 9, "user_type": "User"}, Actor("deactivated", "Citra", 9)),
    "without e-mail or name": (
        {"user_id": 10, "user_type": "User"},
        Actor("deactivated", "User 10", 10),
    ),
    "no such row": (
        {"user_id": 11, "user_type": "User"},
        Actor("deleted", "[Deleted reference]", 11),
    ),
    "another class with the role": (
        {"user_id": 10, "user_type": "Crm::Agent"},
        Actor("deactivated", "Crm::Agent 10", 10),
    ),
    "a class in another case": ({"user_id": 7, "user_type": "user"}, Actor("other", "user 7", 7)),
    "another type": ({"user_id": 7, "user_type": "ApiClient"}, Actor("other", "ApiClient 7", 7)),
    "an id without a type": ({"user_id": 7}, Actor("unknown", "Unknown", 7)),
    "a program": ({"username": " console-bob\n"}, Actor("system", "console-bob")),
    "nobody": ({}, Actor("system", "System")),
    "blanks": ({"username": " \t"}, Actor("system", "System")),
    "garbage": ({"username": "#<User:0x00007f>"}, Actor("unknown", "Unknown")),
    "an id beside a name": (
        {"user_id": 7, "user_type": "User", "username": "x"},
        Actor("user", "Ayu", 7, "sso-7"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_actor_is_what_is_known_of_it(case: str) -> None:
    """Only one who is active in both systems has an SSO id."""
    said, actor = CASES[case]
    assert derived_actor(audit(**said), KNOWN, {"User", "Crm::Agent"}) == actor
