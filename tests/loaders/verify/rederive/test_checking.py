"""The check on real servers: it finds what is wrong, and raises no false alarm."""

from collections.abc import Callable, Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from loaders.documents.document import document
from loaders.transform.warehouse import Warehouse
from loaders.verify.rederive.checking import Sample, SampleVerdict, check_sample
from loaders.verify.rederive.source import Source
from loaders.verify.source_count import crm_session, scope_values
from tests.loaders.conftest import Place
from tests.places.warehouses import mart_row

COUNT = 20
KEY = {"external_id": "crm_audit_8"}
ALL = Sample(1_000, "job")

Fault = Callable[[Any], Any]


def setting(name: str, value: Any) -> Fault:
    """A fault that sets one field of one document."""
    return lambda logs: logs.update_one(KEY, {"$set": {name: value}})


FAULTS: dict[str, tuple[Fault, str]] = {
    "no document": (lambda logs: logs.delete_one(KEY), "document"),
    "another contact": (setting("customer_id", "customer-9"), "customer_id"),
    "another SSO user": (setting("user_id", "another"), "user_id"),
    "another actor": (setting("actor.name", "Anna"), "actor.name"),
    "another category": (setting("category", "lead"), "category"),
    "another action": (setting("action", "won"), "action"),
    "another value": (setting("changes.0.to", "Deal 9"), "changes"),
    "another type of value": (setting("metadata.version", 1.0), "metadata.version"),
    "one field more": (setting("metadata.more", None), "metadata.more"),
}
CHANGES_AT_THE_SOURCE: dict[str, tuple[LiteralString, int]] = {
    "merged": ("update audits set audited_changes = '{\"a\": 1}' where id = 8", 1),
    "late": ("insert into audits select 99, 101, 1, 'Note' from generate_series(1, 1)", 1),
    "deleted": ("delete from audits where id = 8", 0),
    "of another type now": ("update audits set auditable_type = 'User' where id = 8", 0),
    "a user renamed": ("update users set full_name = 'Anna'", COUNT // 2),
    "a user deleted": ("update users set deleted_at = now()", COUNT // 2),
}


@pytest.fixture
def warehouse(place: Place) -> Iterator[Warehouse]:
    """The warehouse of some documents that MongoDB holds, and of two skips."""
    rows = [mart_row(audit_id) for audit_id in range(1, COUNT + 1)]
    place.fill(rows, {31: ("skipped", "no_contact"), 32: ("skipped", "no_changes")})
    place.database.activity_logs.insert_many([document(row, "job") for row in rows])
    with Warehouse.opened(place.folder, place.account.company_sso_id) as opened:
        yield opened


def checked(place: Place, warehouse: Warehouse, sample: Sample = ALL) -> SampleVerdict:
    """What the check finds."""
    return check_sample(place.settings, place.account, place.database, warehouse, sample)


def test_a_clean_account_has_no_difference(place: Place, warehouse: Warehouse) -> None:
    """Documents and skips are compared alike."""
    assert checked(place, warehouse) == SampleVerdict(COUNT + 2, 0, 0)
    assert warehouse.rows("select * from readback.sample_differences") == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_document_is_found(place: Place, warehouse: Warehouse, fault: str) -> None:
    """The field is named; the next check of a mended collection forgets it."""
    inject, field = FAULTS[fault]
    right = place.database.activity_logs.find_one(KEY)
    assert right is not None
    inject(place.database.activity_logs)
    verdict = checked(place, warehouse)
    assert verdict.differing_count == 1
    assert "1 of 22 sampled audits" in verdict.problem
    rows = warehouse.rows("select audit_id, field from readback.sample_differences")
    assert rows == [{"audit_id": 8, "field": field}]
    place.database.activity_logs.replace_one(KEY, right, upsert=True)
    assert checked(place, warehouse).problem == ""
    assert warehouse.rows("select * from readback.sample_differences") == []


def test_a_log_of_a_skipped_audit_is_found(place: Place, warehouse: Warehouse) -> None:
    """Nothing may be there under its key."""
    extra = document(mart_row(31), "job")
    place.database.activity_logs.insert_one(extra)
    assert checked(place, warehouse).differing_count == 1


@pytest.mark.parametrize("change", CHANGES_AT_THE_SOURCE)
def test_what_changed_at_the_source_is_no_alarm(
    place: Place, warehouse: Warehouse, change: str
) -> None:
    """It is counted, and not compared; what is gone cannot be drawn."""
    statement, count = CHANGES_AT_THE_SOURCE[change]
    with psycopg.connect(place.settings.crm_url) as crm:
        crm.execute(statement)
    verdict = checked(place, warehouse)
    assert (verdict.differing_count, verdict.changed_count) == (0, count)
    assert verdict.problem == ""


def test_a_contact_that_changed_since_is_no_alarm(place: Place, warehouse: Warehouse) -> None:
    """One that is new makes a person ambiguous, who was not when the account was transformed."""
    contacts = place.database.contacts
    contacts.insert_one({"company_sso_id": place.account.company_sso_id, "source_id": " 2 "})
    contacts.delete_one({"source_id": "3"})
    verdict = checked(place, warehouse)
    assert (verdict.differing_count, verdict.changed_count) == (0, 6)


def test_nothing_compared_is_a_problem(place: Place, warehouse: Warehouse) -> None:
    """Where every audit changed, the check has proven nothing."""
    with psycopg.connect(place.settings.crm_url) as crm:
        crm.execute("update audits set comment = 'merged'")
    verdict = checked(place, warehouse)
    assert verdict.compared_count == 0
    assert "could be compared" in verdict.problem


def test_a_difference_ends_with_exit_code_5(place: Place, warehouse: Warehouse) -> None:
    """Also when the mart is as wrong as MongoDB, so that only the second derivation can tell."""
    warehouse.execute("update marts.activity_logs set category = 'lead' where audit_id = 8")
    row = warehouse.rows("from marts.activity_logs where audit_id = 8")[0]
    place.database.activity_logs.replace_one(KEY, document(row, "job"))
    warehouse.execute("checkpoint")
    warehouse._connection.close()
    assert place.run("load").returncode == 5
    done = place.run("reconcile", "--sample", "22")
    assert done.returncode == 5, done.stdout + done.stderr
    assert "1 of 22 sampled audits differ" in done.stderr
    job = place.job()
    assert (job["sample_count"], job["sample_differences"], job["fidelity_pct"]) == (22, 1, 100)


def drawn(place: Place, size: int, seed: str) -> list[int]:
    """The ids of a sample."""
    scope = scope_values(place.account, ["CrmDeal"], "2020-01-01")
    with crm_session(place.settings) as session:
        return Source(session, place.settings, scope).sampled_ids(size, seed)


def test_a_seed_draws_the_same_audits_again(place: Place) -> None:
    """Another seed draws others; only audits in scope are drawn, none twice."""
    place.fill_with(200)
    with psycopg.connect(place.settings.crm_url) as crm:
        crm.execute("update audits set organization_id = 7 where id % 2 = 0")
    first, again, other = (drawn(place, 30, seed) for seed in ("a", "a", "b"))
    assert first == again != other
    assert len(set(first)) == 30
    assert {id_ % 2 for id_ in first} == {1}


def test_gaps_between_ids_make_no_audit_likelier(place: Place) -> None:
    """The draw goes by audits, wherever their ids are."""
    place.fill_with(200)
    with psycopg.connect(place.settings.crm_url) as crm:
        crm.execute("update audits set id = id + 1000000000000 where id > 100")
    found = drawn(place, 100, "a")
    assert 30 < sum(id_ <= 100 for id_ in found) < 70


def test_of_fewer_audits_all_are_drawn(place: Place) -> None:
    """And of none, none."""
    assert drawn(place, 10, "a") == []
    place.fill_with(4)
    assert drawn(place, 10, "a") == [1, 2, 3, 4]
