"""Reading back finds every difference, and nothing on a clean run (rule: reconciliation)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import duckdb
import psycopg
import pytest

from tests.loaders.conftest import Place
from tests.places.warehouses import mart_row

KEY = {"external_id": "crm_audit_7"}
Fault = Callable[[Any], Any]


def setting(name: str, value: Any) -> Fault:
    """A fault that sets one field of one document."""
    return lambda logs: logs.update_one(KEY, {"$set": {name: value}})


def copied(logs: Any) -> None:
    """A document under an external id that the mart does not know."""
    document = logs.find_one(KEY, {"_id": 0})
    logs.insert_one(document | {"external_id": "crm_audit_4711"})


def a_millisecond_later(logs: Any) -> None:
    """A document whose time moved."""
    created_at = logs.find_one(KEY)["created_at"] + timedelta(milliseconds=1)
    logs.update_one(KEY, {"$set": {"created_at": created_at}})


FAULTS: dict[str, tuple[Fault, str]] = {
    "missing": (lambda logs: logs.delete_one(KEY), "missing"),
    "other_company": (setting("company_sso_id", "another"), "missing"),
    "lost_source_tag": (
        lambda logs: logs.update_one(KEY, {"$unset": {"source_tag": 1}}),
        "missing",
    ),
    "extra": (copied, "extra"),
    "lost_external_id": (
        lambda logs: logs.update_one(KEY, {"$unset": {"external_id": 1}}),
        "extra",
    ),
    "changed_value": (setting("changes.0.to", "Deal 8"), "content"),
    "changed_type": (setting("metadata.version", "1"), "content"),
    "integer_to_double": (setting("metadata.version", 1.0), "content"),
    "wrong_actor": (setting("user_id", "another"), "content"),
    "wrong_customer": (setting("customer_id", "another"), "content"),
    "wrong_category": (setting("category", "lead"), "content"),
    "wrong_action": (setting("action", "won"), "content"),
    "a_millisecond_later": (a_millisecond_later, "content"),
    "a_time_as_text": (setting("created_at", "2024-01-01"), "content"),
    "an_extra_field": (setting("metadata.more", None), "content"),
    "an_unset_field": (lambda logs: logs.update_one(KEY, {"$unset": {"actor": 1}}), "content"),
    "a_changed_hash": (setting("metadata.content_hash", "0" * 64), "content"),
    "no_metadata": (lambda logs: logs.update_one(KEY, {"$unset": {"metadata": 1}}), "content"),
}


@pytest.fixture
def loaded(place: Place) -> Place:
    """Twenty documents, loaded."""
    place.fill_with(20)
    assert place.run("load").returncode == 0
    return place


def test_a_clean_run_closes(loaded: Place) -> None:
    """Nothing differs; the figures are in the job."""
    done = loaded.run("reconcile")
    assert done.returncode == 0, done.stderr
    job = loaded.job()
    assert job["status"] == "completed"
    assert job["accuracy_pct"] == job["explained_pct"] == job["fidelity_pct"] == 100


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_found(loaded: Place, fault: str) -> None:
    """Each kind of fault ends with exit code 5, and the job failed and says why."""
    inject, kind = FAULTS[fault]
    inject(loaded.database.activity_logs)
    done = loaded.run("reconcile")
    assert done.returncode == 5, done.stdout + done.stderr
    assert kind in done.stderr
    job = loaded.job()
    assert job["status"] == "failed"
    assert job["differences"][kind] == 1


def test_a_content_difference_names_the_field(loaded: Place) -> None:
    """Field, expected and actual value are kept in the warehouse."""
    setting("category", "lead")(loaded.database.activity_logs)
    assert loaded.run("reconcile").returncode == 5
    with duckdb.connect(loaded.folder / "staging.duckdb") as warehouse:
        found = warehouse.execute("from readback.field_differences").fetchall()
    assert found == [("crm_audit_7", "category", '"deal"', '"lead"')]


def test_a_hop_that_does_not_close_is_named(loaded: Place) -> None:
    """A lost document leaves the hop `loaded` open."""
    loaded.database.activity_logs.delete_one(KEY)
    assert "does not close at: loaded" in loaded.run("reconcile").stderr


def test_the_accuracy_counts_both_databases_anew(loaded: Place) -> None:
    """Audits that the CRM has got since lower the accuracy, and are no difference."""
    with psycopg.connect(loaded.settings.crm_url, autocommit=True) as crm:
        crm.execute(
            "insert into audits (id, organization_id, auditable_type, created_at) values "
            "(101, 101, 'Note', now()), (102, 101, 'Note', now()), (103, 101, 'Note', now()), "
            "(104, 101, 'Note', now()), (105, 101, 'Note', now()), "
            "(106, 101, 'User', now()), (107, 7, 'Note', now())"
        )
    assert loaded.run("reconcile").returncode == 0
    job = loaded.job()
    assert job["accuracy_pct"] == pytest.approx(80)
    assert job["explained_pct"] == 100
    assert (job["sample_count"], job["sample_changed_since"]) == (20, 5)


def test_an_account_without_audits_has_nothing_to_verify(place: Place) -> None:
    """That is no success."""
    place.fill([])
    assert place.run("load").returncode == 6
    assert place.run("reconcile").returncode == 6


def test_an_account_of_skips_only_is_verified(place: Place) -> None:
    """Every audit is explained, though there is no document to compare."""
    place.fill([], {1: ("skipped", "no_contact"), 2: ("skipped", "no_changes")})
    assert place.run("load").returncode == 0
    assert place.run("reconcile").returncode == 0
    job = place.job()
    assert (job["explained_pct"], job["fidelity_pct"]) == (100, None)


def test_failures_of_the_load_are_explained(place: Place) -> None:
    """A conflicting document is a failure that the balance knows; the account's own log differs."""
    large = '[{"field": "note", "from": null, "to": "' + "x" * (16 * 1024 * 1024) + '"}]'
    place.fill([mart_row(audit_id) for audit_id in range(1, 20)] + [mart_row(20, changes=large)])
    assert place.run("load").returncode == 0
    done = place.run("reconcile")
    assert done.returncode == 0, done.stderr
    job = place.job()
    assert (job["accuracy_pct"], job["explained_pct"], job["fidelity_pct"]) == (95, 100, 100)
