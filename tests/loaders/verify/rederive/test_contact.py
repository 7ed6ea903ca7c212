"""The person that an audit names, and that person's contact (rule: contact)."""

from dataclasses import replace
from typing import Any

import pytest

from ingest.shared.seeds import find_account
from loaders.verify.rederive.contact import (
    Contact,
    Person,
    derived_contact,
    derived_person,
    person_id,
)
from loaders.verify.rederive.facts import Known
from loaders.verify.rederive.rules import JoinModel, read_rules
from tests.loaders.verify.rederive.audits import audit

PERSON_CHANGE = [{"field": "crm_person_id", "from": 2, "to": 3}]
NAMES_ALL = {
    "comment": '{"crm_person_id": 12}',
    "auditable_type": "CrmPerson",
    "auditable_id": 4,
    "associated_type": "CrmPerson",
    "associated_id": 5,
}
LINKED = Known(linked_persons={1: 6})
RULES = replace(
    read_rules(find_account("demo-small")),
    persons=frozenset({"CrmPerson", "Crm::Person"}),
    person_keys=("crm_person_id", "person_id"),
    joins={"Crm::Party": JoinModel("Crm::Deal", "subject_id", "human_id")},
)
ORDER: dict[str, tuple[dict[str, Any], list[dict[str, Any]], Person | None]] = {
    "the comment first": (NAMES_ALL, PERSON_CHANGE, Person(12, "comment")),
    "then the changes": (NAMES_ALL | {"comment": "hi"}, PERSON_CHANGE, Person(3, "changes")),
    "then the audited person": (NAMES_ALL | {"comment": None}, [], Person(4, "auditable")),
    "then the associated one": (
        NAMES_ALL | {"comment": None, "auditable_type": "CrmDeal"},
        [],
        Person(5, "associated"),
    ),
    "then the linked one": ({}, [], Person(6, "link")),
    "nobody": ({"id": 2}, [], None),
    "another class": (
        {"auditable_type": "Crm::Person", "auditable_id": 4},
        [],
        Person(4, "auditable"),
    ),
    "a class in another case": (
        {"id": 2, "auditable_type": "Crm::person", "auditable_id": 4},
        [],
        None,
    ),
    "no id": ({"id": 2, "auditable_type": "CrmPerson", "auditable_id": 0}, [], None),
    "a join model's own key": (
        {"auditable_type": "Crm::Party"},
        [*PERSON_CHANGE, {"field": "human_id", "from": 7, "to": None}],
        Person(7, "changes"),
    ),
    "another's own key": ({"id": 2}, [{"field": "human_id", "from": 7, "to": None}], None),
}
COMMENTS = {
    '{"crm_person_id": 12}': 12,
    '{"crm_person_id": "012"}': 12,
    '{"crm_person_id": 1, "crm_person_id": 12}': 12,
    '{"person_id": 1, "crm_person_id": 12}': 12,
    '{"person_id": 12, "crm_person_id": 0}': 12,
    '{"crm_person_id": 12': None,
    '[{"crm_person_id": 12}]': None,
    '{"crm_person_id": NaN}': None,
    "called 12": None,
    "": None,
}
IDS: dict[str, tuple[Any, int | None]] = {
    "an integer": (7, 7),
    "digits": ("007", 7),
    "many digits": ("0" * 30 + "7", 7),
    "zero": (0, None),
    "zeros": ("00", None),
    "the largest": (2**63 - 1, 2**63 - 1),
    "beyond 64 bits": (2**63, None),
    "negative": (-7, None),
    "a float": (7.0, None),
    "a boolean": (True, None),
    "digits of another script": ("\N{FULLWIDTH DIGIT SEVEN}", None),
    "digits and a blank": ("7 ", None),
    "a list": ([7], None),
    "null": (None, None),
}


@pytest.mark.parametrize("case", ORDER)
def test_the_first_candidate_that_exists_is_the_person(case: str) -> None:
    """Comment, changes, audited person, associated person, linked person."""
    said, changes, person = ORDER[case]
    assert derived_person(audit(**said), changes, RULES, LINKED) == person


@pytest.mark.parametrize("comment", COMMENTS)
def test_only_a_json_object_in_a_comment_names_a_person(comment: str) -> None:
    """The last of repeated keys counts; anything else is just a comment."""
    found = derived_person(audit(comment=comment), [], RULES, Known())
    assert (found.id if found else None) == COMMENTS[comment]


@pytest.mark.parametrize("case", IDS)
def test_a_person_id_is_an_integer_above_zero_or_its_digits(case: str) -> None:
    """Anything else is no candidate."""
    value, id_ = IDS[case]
    assert person_id(value) == id_


def test_of_a_change_to_null_the_old_person_counts() -> None:
    """A person that was taken away is whom the audit is about."""
    changes = [{"field": "crm_person_id", "from": 2, "to": None}]
    assert derived_person(audit(), changes, RULES, Known()) == Person(2, "changes")


def test_the_source_id_comes_before_the_id_map() -> None:
    """The id map is the fallback; the source tells which of them it was."""
    known = Known(contacts={"1": ("c1",)}, id_map={1: ("m1",), 2: ("m2",)})
    found = [derived_contact(Person(id_, "comment"), known) for id_ in (1, 2, 3)]
    assert found == [
        Contact(("c1",), "comment+source_id"),
        Contact(("m2",), "comment+id_map"),
        Contact((), "comment+id_map"),
    ]
