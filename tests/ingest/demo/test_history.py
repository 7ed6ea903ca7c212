"""The simulated CRM is the same on every machine, and holds what the rules need."""

import hashlib
import re
from collections import Counter

import pytest

from ingest.demo.crm.history import History
from ingest.demo.crm.plans import PLANS, Plan


def digest(plan: Plan) -> str:
    """One hash over every row of a plan."""
    found = hashlib.sha256()
    for row in History(plan).rows():
        found.update(repr(row).encode())
    return found.hexdigest()


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.account)
def test_two_generations_are_equal(plan: Plan) -> None:
    """The same plan gives the same rows, to the last byte."""
    assert digest(plan) == digest(plan)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.account)
def test_ids_and_times_rise_together(plan: Plan) -> None:
    """Ids are consecutive from the plan's first, and no audit is older than the one before."""
    rows = list(History(plan).rows())
    assert [row[0] for row in rows] == list(
        range(plan.first_audit_id, plan.first_audit_id + plan.audit_count)
    )
    times = [row[-1] for row in rows]
    assert times == sorted(times)
    assert (times[0].year >= 2019, times[-1].year <= 2024) == (True, True)


def test_the_troubled_account_has_every_kind_of_trouble() -> None:
    """Types out of scope, unmapped actions, NULL and empty changes, secrets, odd actors."""
    plan = next(plan for plan in PLANS if plan.has_trouble)
    rows = list(History(plan).rows())
    kinds, actions = Counter(row[3] for row in rows), Counter(row[9] for row in rows)
    assert {"Billing::Invoice", "User"} <= set(kinds)
    assert {"export", "login"} <= set(actions)
    assert {None, "--- {}\n"} <= {row[10] for row in rows}
    assert any("encrypted_password" in (row[10] or "") for row in rows if row[9] == "destroy")
    assert {"User", "ApiClient", None} <= {row[7] for row in rows}
    assert any((row[8] or "").startswith("#<User:0x") for row in rows)


def test_an_account_of_another_crm_has_its_names_and_no_other() -> None:
    """Classes, keys, actors and statuses, within texts and comments too."""
    plan = next(plan for plan in PLANS if plan.names)
    rows = list(History(plan).rows())
    kinds = Counter(row[3] for row in rows)
    assert set(kinds) == {"Crm::Person", "Crm::Company", "Crm::Deal", "Crm::DealContact", "Note"}
    assert {"Staff", "ApiClient"} <= {row[7] for row in rows}
    said = "".join(repr(row) for row in rows)
    assert not [name for name in plan.names if f"'{name}'" in said or f'"{name}"' in said]
    assert not re.search(r"Crm[A-Z]|crm_|notable_type: Crm[^:]", said)
    assert min(said.count(key) for key in ("person_id", "deal_id", "stage_id")) > 50
