"""Persons found by the links that were open at an audit's time (rule: contact)."""

import json
import re
from typing import Any

import pytest

from loaders.verify.rederive.facts import Audit
from loaders.verify.rederive.links import derived_links, linked_person, naming
from loaders.verify.rederive.rules import JoinModel
from tests.loaders.verify.rederive.audits import NOON_US, audit

JOINS = {
    "CrmDealPerson": JoinModel("CrmDeal", "crm_deal_id", "crm_person_id"),
    "CrmLeadPerson": JoinModel("CrmLead", "crm_lead_id", "crm_person_id"),
    "Crm::Party": JoinModel("CrmDeal", "subject_id", "human_id"),
}


def link(id_: int, minute: int, action: str = "create", **said: Any) -> Audit:
    """An audit of the join row 70 of deal 9 and person 5, so many minutes after noon."""
    changes = {"crm_deal_id": 9, "crm_person_id": 5} | said.pop("changes", {})
    return audit(
        id=id_,
        auditable_type=said.pop("join", "CrmDealPerson"),
        auditable_id=said.pop("row", 70),
        action=action,
        audited_changes=said.pop("text", json.dumps(changes)),
        created_at_us=NOON_US + minute,
    )


def person_at(minute: int, *links: Audit, **said: Any) -> int | None:
    """The person linked to deal 9 at a minute after noon."""
    about = audit(id=99, created_at_us=NOON_US + minute, **said)
    return linked_person(about, derived_links(links, JOINS))


@pytest.mark.parametrize(("minute", "person"), [(0, None), (1, 5), (4, 5), (5, None)])
def test_a_link_counts_from_its_create_until_its_destroy(minute: int, person: int | None) -> None:
    """Both instants are the link's own: open at the first, closed at the second."""
    assert person_at(minute, link(1, 1), link(2, 5, "destroy")) == person


def test_of_several_open_links_the_earliest_counts() -> None:
    """At equal times the one that was made by the smaller id."""
    later = link(1, 2, row=71, changes={"crm_person_id": 6})
    earlier = [link(3, 1, row=72, changes={"crm_person_id": 7}), link(2, 1, row=73)]
    assert person_at(3, later, *earlier) == 5


def test_another_record_or_type_has_links_of_its_own() -> None:
    """Lead 9 is not deal 9."""
    assert person_at(3, link(1, 1), auditable_type="CrmLead") is None
    assert person_at(3, link(1, 1), auditable_id=10) is None


def test_a_merged_row_opens_the_link_that_it_has_swallowed() -> None:
    """It is an update with scalars (rule: source); where the create is left, that one counts."""
    merged = link(2, 3, "update", changes={"crm_person_id": 8})
    assert person_at(4, merged) == 8
    assert person_at(4, merged, link(1, 1)) == 5


@pytest.mark.parametrize("text", [None, "--- [", '{"crm_deal_id": 9}', '{"crm_person_id": 5}'])
def test_a_link_that_does_not_name_both_is_none(text: str | None) -> None:
    """Neither one that cannot be read."""
    assert person_at(3, link(1, 1, text=text)) is None


def test_a_destroy_closes_whatever_its_changes_say() -> None:
    """The row's id tells which link it was."""
    assert person_at(3, link(1, 1), link(2, 2, "destroy", text="--- [")) is None


def test_a_join_model_has_keys_of_its_own() -> None:
    """Whatever its class is called; those of another join model name nobody."""
    assert person_at(3, link(1, 1, join="Crm::Party")) is None
    changes = {"subject_id": 9, "human_id": 6}
    assert person_at(3, link(1, 1, join="Crm::Party", changes=changes)) == 6


@pytest.mark.parametrize(
    ("text", "is_named"),
    [("crm_deal_id: 9\n", True), ("crm_deal_id: '09'", True), ("id: 19", False), ("id: 91", False)],
)
def test_a_text_that_names_a_record_is_found(text: str, is_named: bool) -> None:
    """Longer numbers with its digits are others."""
    assert bool(re.search(naming([9, 12]), text)) is is_named
