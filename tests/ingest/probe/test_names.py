"""Whether the seeds name what the CRM has (rules: seeds, gates)."""

import shutil
from pathlib import Path

import pytest

from ingest.probe.gates import Gate, Verdict
from ingest.probe.names import names_gate
from ingest.probe.names_met import NEWEST, OF_A_CLASS, TEXT_BYTES, read_met
from ingest.shared.seeds import SEEDS
from tests.ingest.probe.conftest import Place

LINES = {
    "crm_types.csv": "role,auditable_type,key\nperson,CrmPerson,person_id\nuser,User,\n",
    "join_models.csv": "auditable_type,linked_type,linked_key,person_key\n",
    "status_sets.csv": "company_sso_id,auditable_type,field,status_id,action\n",
    "category_map.csv": (
        "auditable_type,audit_action,category,action\n"
        "CrmPerson,create,contact,create\nCrmPerson,update,contact,update\n"
        "CrmDeal,update,deal,update\n"
    ),
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Seeds of few lines that fit the place's audits once a comment names a person."""
    folder = Path(shutil.copytree(SEEDS, tmp_path / "seeds"))
    for name, text in LINES.items():
        (folder / name).write_text(text)
    return folder


def write(seeds: Path, name: str, *lines: str) -> None:
    """Add lines to a seed."""
    with (seeds / name).open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def gate_of(place: Place, seeds: Path) -> Gate:
    """Ask the gate."""
    with place.crm() as crm:
        return names_gate(read_met(crm), place.account, seeds)


def lost(gate: Gate) -> list[tuple[str, int, str]]:
    """The names that no audit has: file, line, name."""
    names = gate.details["names"]
    return [(each["file"], each["line"], each["name"]) for each in names if not each["audit_count"]]


def test_seeds_that_fit_pass(place: Place, seeds: Path) -> None:
    """Every class, key and status field occurs, and every frequent class has a line."""
    write(seeds, "status_sets.csv", "*,CrmDeal,name,b,won")
    place.sources.crm("update audits set comment = '{\"person_id\": 7}' where id = 1")
    gate = gate_of(place, seeds)
    assert (gate.verdict, gate.found) == (
        Verdict.PASS,
        "7 of 7 names occur, 0 frequent classes without a line",
    )


def test_names_that_no_audit_has_are_told_by_file_and_line(place: Place, seeds: Path) -> None:
    """A misspelt class is told once, not with its keys; another account's status set is not."""
    write(seeds, "crm_types.csv", "person,Crmperson,x_id", "user,Staff,")
    write(
        seeds,
        "join_models.csv",
        "CrmDeal,CrmDeal,deal_id,person_id",
        "CrmParty,CrmDeal,deal_id,person_id",
    )
    write(seeds, "status_sets.csv", "*,CrmDeal,stage,5,won", "other,CrmDeal,phase,5,won")
    write(seeds, "category_map.csv", "CrmDael,create,deal,create", "CrmDael,destroy,deal,delete")
    gate = gate_of(place, seeds)
    assert gate.verdict is Verdict.WARN
    assert lost(gate) == [
        ("crm_types.csv", 2, "person_id"),
        ("crm_types.csv", 4, "Crmperson"),
        ("crm_types.csv", 5, "Staff"),
        ("join_models.csv", 2, "deal_id"),
        ("join_models.csv", 2, "person_id"),
        ("join_models.csv", 3, "CrmParty"),
        ("status_sets.csv", 2, "stage"),
        ("category_map.csv", 5, "CrmDael"),
    ]
    assert 'crm_types.csv line 4: auditable_type "Crmperson"' in gate.hint


def test_frequent_classes_without_a_line_are_told(place: Place, seeds: Path) -> None:
    """Of records and of actors; those in scope, and rare ones beyond the most frequent, are not."""
    place.sources.crm("update audits set auditable_type = 'Webhook' where id < 100")
    place.sources.crm("update audits set user_type = 'Robot' where id < 100")
    place.sources.crm(
        "update audits set auditable_type = 'Kind' || id where id between 150 and 200"
    )
    gate = gate_of(place, seeds)
    found = gate.details["classes_without_line"]
    assert (found["Webhook"], found["Robot (acts)"]) == (66, 66)
    assert len([name for name in found if name.startswith("Kind")]) == 20 - 3
    assert "Webhook 66" in gate.hint


def test_seeds_of_which_nothing_occurs_block_the_account(place: Place, seeds: Path) -> None:
    """They are of another CRM."""
    place.sources.crm(
        "update audits set auditable_type = 'Crm::' || auditable_type, user_type = 'Staff'"
    )
    gate = gate_of(place, seeds)
    assert gate.verdict is Verdict.FAIL
    assert gate.hint.startswith("the seeds do not fit this CRM; classes without a line: Crm::Crm")


def test_a_person_that_is_only_named_as_the_owner_occurs(place: Place, seeds: Path) -> None:
    """The class of an associated record is one of the account's."""
    write(seeds, "crm_types.csv", "person,Crm::Client,client_id")
    place.sources.crm("update audits set associated_type = 'Crm::Client' where id = 1")
    assert ("crm_types.csv", 4, "Crm::Client") not in lost(gate_of(place, seeds))


def test_an_account_without_audits_lacks_no_name(place: Place, seeds: Path) -> None:
    """Whether it may be empty is another gate's question."""
    place.sources.crm("delete from audits")
    assert gate_of(place, seeds).verdict is Verdict.WARN


def test_keys_are_looked_for_in_a_bounded_sample(place: Place) -> None:
    """The newest audits of each class, rare ones too; a long or unreadable text is passed over."""
    place.sources.crm("update audits set auditable_type = 'Rare' where id = 1")
    place.sources.crm(
        "insert into audits (id, organization_id, auditable_type, action, audited_changes, "
        "created_at) select 1000 + number, 101, 'CrmDeal', 'create', 'k' || number || ': 1', "
        "'2024-01-01' from generate_series(1, 300) as number"
    )
    place.sources.crm("update audits set audited_changes = '--- [' where id = 1299")
    place.sources.crm(
        "update audits set audited_changes = 'k: ' || repeat('x', %s) where id = 1300",
        (TEXT_BYTES,),
    )
    with place.crm() as crm:
        met = read_met(crm)
    assert NEWEST > 500
    assert met.fields["Rare", "name"] == 1
    keys = {name for kind, name in met.fields if kind == "CrmDeal"}
    assert keys == {f"k{number}" for number in range(301 - OF_A_CLASS, 299)}
    assert met.audited["CrmDeal"] == 300 + 100


def test_keys_that_hold_ids_are_shown_and_not_guessed(place: Place) -> None:
    """Whatever they are called before `id`; one of other values, or another's account's, is none."""
    place.sources.crm("delete from audits where id > 4")
    place.sources.crm(
        "update audits set audited_changes = E'---\\nkunde_id:\\n- 1\\n- 2\\npaid: yes\\n', "
        'comment = \'{"clientId": "7", "uuid": "a-b"}\''
    )
    with place.crm() as crm:
        assert read_met(crm).id_keys == {"kunde_id": 3, "clientId": 3}
