"""Which persons the CDP should know, and whether it does (rules: gates, contact)."""

import pytest

from ingest.probe.coverage import coverage_gate, read_person_ids
from ingest.probe.gates import Gate, Verdict
from ingest.probe.names_met import read_met
from ingest.shared.seeds import read_person_types
from tests.ingest.probe.conftest import Place, contact
from tests.places.crm_sources import COMPANY


def gate_of(place: Place) -> Gate:
    """Ask the gate."""
    with place.crm() as crm, place.cdp() as cdp:
        return coverage_gate(read_person_ids(crm, read_person_types()), cdp, read_met(crm))


def person_ids(place: Place) -> list[int]:
    """The persons that the CDP should know."""
    with place.crm() as crm:
        rows = read_person_ids(crm, read_person_types()).to_pylist()
    return sorted(row["person_id"] for row in rows if not row["is_destroyed"])


def test_persons_are_the_audited_and_the_associated(place: Place) -> None:
    """Ids of other types and of types out of scope are no persons; null is none."""
    place.sources.crm("update audits set auditable_type = 'CrmDeal'")
    place.sources.crm(
        "update audits set auditable_type = 'CrmPerson', auditable_id = 7 where id = 1"
    )
    place.sources.crm(
        "update audits set associated_type = 'CrmPerson', associated_id = 8 where id = 3"
    )
    place.sources.crm("update audits set associated_type = 'CrmPerson' where id = 4")
    place.sources.crm("update audits set associated_type = 'Note', associated_id = 9 where id = 6")
    place.sources.crm(
        "update audits set auditable_type = 'Webhook', associated_type = 'CrmPerson', "
        "associated_id = 10 where id = 7"
    )
    place.sources.crm(
        "insert into audits (id, organization_id, auditable_type, auditable_id, created_at) "
        "values (900, 102, 'CrmPerson', 11, '2024-01-01')"
    )
    assert person_ids(place) == [7, 8]


def test_a_person_whose_last_audit_is_a_destroy_is_not_needed(place: Place) -> None:
    """Destroyed and made again, it is; named by others meanwhile, it is not."""
    place.sources.crm("delete from audits")
    place.sources.crm(
        "insert into audits (id, organization_id, auditable_type, auditable_id, associated_type, "
        "associated_id, action, created_at) values "
        "(1, 101, 'CrmPerson', 1, null, null, 'create', '2024-01-01'), "
        "(2, 101, 'CrmPerson', 1, null, null, 'destroy', '2024-01-01'), "
        "(3, 101, 'Note', 5, 'CrmPerson', 1, 'create', '2024-01-01'), "
        "(4, 101, 'CrmPerson', 2, null, null, 'destroy', '2024-01-01'), "
        "(5, 101, 'CrmPerson', 2, null, null, 'create', '2024-01-01'), "
        "(6, 101, 'Note', 6, 'CrmPerson', 3, 'destroy', '2024-01-01'), "
        "(7, 101, 'CrmPerson', 4, null, null, null, '2024-01-01')"
    )
    assert person_ids(place) == [2, 3, 4]


def test_a_covered_account_passes(place: Place) -> None:
    """First by source_id, then by the id map, each told with its count."""
    place.database.contacts.delete_many({"source_id": {"$in": ["3", "4"]}})
    place.database.crm_contact_id_map.insert_many(
        {"company_sso_id": COMPANY, "crm_person_id": person, "customer_id": f"contact-{person}"}
        for person in (3, 4, 5)
    )
    gate = gate_of(place)
    assert gate.verdict is Verdict.PASS
    assert gate.found == "100.00 % of 49: 47 by source_id, 2 by id map, 0 missing"


@pytest.mark.parametrize(
    ("missing", "verdict", "percent"),
    [(2, Verdict.PASS, "99.00 %"), (3, Verdict.FAIL, "98.50 %")],
    ids=["just enough", "one too few"],
)
def test_the_account_is_blocked_below_99_percent(
    place: Place, missing: int, verdict: Verdict, percent: str
) -> None:
    """Exactly 99 % passes; the missing ids are all listed in the details."""
    place.sources.crm("update audits set auditable_type = 'CrmPerson', auditable_id = id")
    ids = person_ids(place)
    assert len(ids) == 200
    place.database.contacts.delete_many({})
    place.database.contacts.insert_many([contact(person) for person in ids[missing:]])
    gate = gate_of(place)
    assert (gate.verdict, gate.found[:7]) == (verdict, percent)
    assert gate.details["missing_ids"] == ids[:missing]


def test_a_share_is_never_rounded_up(place: Place) -> None:
    """98.9999 % is not shown as 99 %."""
    place.sources.crm("delete from audits")
    place.sources.crm(
        "insert into audits (id, organization_id, auditable_type, auditable_id, created_at) "
        "select number, 101, 'CrmPerson', number, '2024-01-01' "
        "from generate_series(1, 9999) as number"
    )
    place.database.contacts.delete_many({})
    place.database.contacts.insert_many([contact(person) for person in range(101, 10_000)])
    gate = gate_of(place)
    assert gate.verdict is Verdict.FAIL
    assert gate.found.startswith("98.99 % of 9,999")
    assert gate.hint.startswith("missing: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 90 more")


def test_contacts_without_an_id_hide_nobody(place: Place) -> None:
    """Nulls on either side are no match and no obstacle; another company's contact is none."""
    place.database.contacts.delete_many({"source_id": "3"})
    place.database.contacts.insert_many(
        [
            {"_id": "nameless", "company_sso_id": COMPANY},
            {"_id": "foreign", "company_sso_id": "other", "source_id": "3"},
        ]
    )
    place.database.crm_contact_id_map.insert_many(
        [
            {"company_sso_id": COMPANY, "crm_person_id": "none"},
            {"company_sso_id": COMPANY, "crm_person_id": 3},
        ]
    )
    assert gate_of(place).details["missing_ids"] == [3]


def test_no_person_at_all_blocks_the_account(place: Place) -> None:
    """The seeds are of another CRM; what this one has instead is told, with the lines to write."""
    place.sources.crm("update audits set auditable_type = 'Crm::Person', user_type = 'Staff'")
    place.sources.crm(
        "update audits set auditable_type = 'Crm::Deal', comment = '{\"person_id\": 7}' "
        "where mod(id, 4) = 0"
    )
    gate = gate_of(place)
    assert (gate.verdict, gate.found) == (Verdict.FAIL, "0 persons")
    assert "Crm::Person 150, Crm::Deal 50, Staff (acts) 200" in gate.hint
    assert "keys that hold ids, in 200 sampled audits: person_id 50;" in gate.hint
    assert "`person,<class>,<key>`" in gate.hint


def test_an_account_without_audits_has_no_person_to_miss(place: Place) -> None:
    """Whether it may be empty is another gate's question."""
    place.sources.crm("delete from audits")
    assert gate_of(place).verdict is Verdict.WARN


def test_persons_that_were_all_destroyed_are_persons(place: Place) -> None:
    """The seeds fit; there is only nobody left to look for."""
    place.sources.crm("update audits set action = 'destroy' where auditable_type = 'CrmPerson'")
    gate = gate_of(place)
    assert (gate.verdict, gate.details["person_count"]) == (Verdict.WARN, 0)
    assert gate.found == "the CRM destroyed all 49 persons"


def test_an_id_that_is_not_above_zero_is_no_person(place: Place) -> None:
    """As the transform has it."""
    place.sources.crm("update audits set auditable_id = -1 where mod(id, 2) = 0")
    place.sources.crm("update audits set auditable_id = 0 where mod(id, 2) = 1 and id < 200")
    assert min(person_ids(place)) > 0
