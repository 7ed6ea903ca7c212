"""The account's audits in figures (rule: gates)."""

import pytest

from ingest.probe.figures import Figure, audits_gate, read_figures, scope_gate
from ingest.probe.gates import Verdict
from ingest.shared.seeds import read_join_models, read_mapped_pairs
from tests.ingest.probe.conftest import Place


def test_count_times_and_greatest_id_are_the_accounts(place: Place) -> None:
    """Another account's audits do not count, nor do times that PostgreSQL only calls so."""
    place.sources.crm("update audits set created_at = 'infinity' where id = 1")
    place.sources.crm("insert into audits (id, organization_id) values (900, 102)")
    with place.crm() as crm:
        gate = audits_gate(read_figures(crm), allow_empty=False)
    assert gate.verdict is Verdict.PASS
    assert gate.found == "200 audits, 2020-01-01 to 2020-01-13, max id 300"
    assert gate.details["earliest"] == "2020-01-01T03:00:00.000001"


def test_an_account_without_a_valid_time_is_not_empty(place: Place) -> None:
    """Its audits fail later, one by one."""
    place.sources.crm("update audits set created_at = null")
    with place.crm() as crm:
        gate = audits_gate(read_figures(crm), allow_empty=False)
    assert (gate.verdict, gate.details["earliest"]) == (Verdict.PASS, None)


@pytest.mark.parametrize(("allowed", "verdict"), [(False, Verdict.FAIL), (True, Verdict.WARN)])
def test_an_empty_account_needs_leave(place: Place, allowed: bool, verdict: Verdict) -> None:
    """Nothing found is an error unless somebody says that it is right."""
    place.sources.crm("update audits set organization_id = 102")
    with place.crm() as crm:
        assert audits_gate(read_figures(crm), allow_empty=allowed).verdict is verdict


def test_types_and_actions_without_a_line_are_counted(place: Place) -> None:
    """An update of a mapped type needs no line, another action does; null is named too."""
    place.sources.crm("update audits set auditable_type = 'Billing::Invoice' where id = 1")
    place.sources.crm("update audits set auditable_type = null where id = 3")
    place.sources.crm("update audits set action = 'merge' where id in (4, 6, 7)")
    place.sources.crm("update audits set action = null where id = 9")
    with place.crm() as crm:
        gate = scope_gate(read_figures(crm), read_mapped_pairs(), read_join_models())
    assert gate.verdict is Verdict.WARN
    assert gate.details == {
        "out_of_scope_types": {"(none)": 1, "Billing::Invoice": 1},
        "unmapped_pairs": {"CrmDeal (none)": 1, "CrmDeal merge": 1, "CrmPerson merge": 2},
    }
    assert "CrmPerson merge 2" in gate.hint


@pytest.mark.parametrize(
    ("auditable_type", "action", "verdict"),
    [
        ("CrmDealPerson", "create", Verdict.PASS),
        ("CrmDealPerson", "destroy", Verdict.PASS),
        ("CrmDealPerson", "merge", Verdict.WARN),
        ("Crm::Party", "destroy", Verdict.PASS),
        ("Crm::Party", "update", Verdict.PASS),
        ("Crm::party", "create", Verdict.WARN),
        ("CrmSalesPerson", "create", Verdict.WARN),
        ("CrmSalesPerson", "update", Verdict.PASS),
    ],
)
def test_a_join_models_links_need_no_line(
    auditable_type: str, action: str, verdict: Verdict
) -> None:
    """Which types are join models, the seed says; one that only ends in Person is none."""
    figure = Figure(auditable_type, action, 1, 1, None, None)
    pairs = {("CrmDeal", "create"), ("CrmDealPerson", "update"), ("CrmSalesPerson", "update")}
    assert scope_gate([figure], pairs, {"CrmDealPerson", "Crm::Party"}).verdict is verdict


def test_a_mapped_account_passes(place: Place) -> None:
    """Every type and action has its line."""
    with place.crm() as crm:
        assert (
            scope_gate(read_figures(crm), read_mapped_pairs(), read_join_models()).verdict
            is Verdict.PASS
        )
