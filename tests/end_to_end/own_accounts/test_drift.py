"""A document that was right when it was written stays right, whatever its sources say later (rule: drift)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bson
import pytest

from ingest.demo.crm.plans import Plan
from loaders.documents.document import content_hash
from tests.places import shared
from tests.places.copies import Place, seeded_place
from tests.places.logs import asked, at, audits_of, drift_of, first_with, kept_in, logs_of

ACCOUNT = "demo-small"
PLAN = Plan(ACCOUNT, 101, 600, 1_000_001, seed=1)
MIGRATE = ("loaders", "migrate", "--force")
RECONCILE = ("loaders", "reconcile", "--sample", "10000")
NEW_COUNT, DELETED_COUNT = 50, 3
PERSONS_KEY = "metadata.crm_person_id"


@dataclass(frozen=True, slots=True)
class Moved:
    """A place that was migrated, whose sources changed, and that was migrated from elsewhere.

    Args:
        place: The place.
        before: Its documents by audit, before the second run.
        renamed: Users that have another name.
        deactivated: Users that were deleted.
        merged: Audits that were merged, each into another one.
        changed: Audits that were changed in place.
        reassigned: A person who is another contact's now, and one who is nobody's.
        deleted: Audits that the CRM deleted.
    """

    place: Place
    before: dict[int, dict[str, Any]]
    renamed: int
    deactivated: int
    merged: tuple[int, int]
    changed: int
    reassigned: tuple[int, int]
    deleted: tuple[int, ...]


@pytest.fixture(scope="module")
def moved(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """Migrate, change everything that daily life changes, and migrate on another machine."""
    var = tmp_path_factory.mktemp("drift")
    with seeded_place(servers.env, ACCOUNT, var / "one", [PLAN]) as place:
        place.done(*MIGRATE)
        logs = logs_of(place)
        changes = change_sources(place, logs)
        place.add_audits(NEW_COUNT)
        other = Place(ACCOUNT, place.env | {"VAR_DIR": str(var / "another")})
        shared.give(var / "one")
        shared.take(var / "another")
        other.done(*MIGRATE)
        yield Moved(other, logs, **changes)


def change_sources(place: Place, logs: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Let users leave, persons move and audits be merged, and say which."""
    *deleted, changed = sorted(logs)[-DELETED_COUNT - 1 :]
    renamed = first_with(logs, "actor.crm_user_id")
    deactivated = first_with(
        {id_: each for id_, each in logs.items() if at(each, "actor.type") == "user"},
        "actor.crm_user_id",
        renamed,
    )
    moving, losing = (
        (person := first_with(logs, PERSONS_KEY)),
        first_with(logs, PERSONS_KEY, person),
    )
    record = [
        id_
        for id_, each in sorted(logs.items())
        if each["metadata"]["auditable_id"] == first_with(logs, "metadata.auditable_id")
    ]
    place.crm("update users set full_name = full_name || ' Jr.' where id = %s", renamed)
    place.crm("update users set deleted_at = now() where id = %s", deactivated)
    place.crm("delete from audits where id = any(%s)", [record[0], *deleted])
    place.crm("update audits set comment = 'merged' where id = %s", record[1])
    place.crm("update audits set version = version + 1 where id = %s", changed)
    with place.cdp() as database:
        company = {"company_sso_id": place.company_sso_id}
        contacts = database.contacts
        contacts.update_one(company | {"source_id": str(moving)}, {"$set": {"source_id": "none"}})
        contacts.update_one(
            company | {"source_id": str(losing)}, {"$set": {"source_id": str(moving)}}
        )
    return {
        "renamed": renamed,
        "deactivated": deactivated,
        "merged": (record[0], record[1]),
        "changed": changed,
        "reassigned": (moving, losing),
        "deleted": tuple(deleted),
    }


def test_a_run_after_all_that_is_completed(moved: Moved) -> None:
    """Nothing failed and nothing is overwritten; what is new is there, and the sum closes."""
    job = moved.place.job()
    assert (job["status"], job["error"]) == ("completed", None)
    assert (job["counts"]["failed"], job["sample_differences"]) == (0, 0)
    assert job["explained_pct"] == job["fidelity_pct"] == 100
    assert job["accuracy_pct"] <= 100
    assert job["current_pct"] < 100
    after = logs_of(moved.place)
    assert {id_: after[id_] for id_ in moved.before} == moved.before
    assert job["counts"]["migrated"] == len(after) - len(moved.before) > 0


def test_the_cause_of_each_drift_is_told(moved: Moved) -> None:
    """Of every document that would be made otherwise today, and of no other one."""
    drift = drift_of(moved.place)
    gone = {*moved.deleted, moved.merged[0]}
    moving, losing = (
        audits_of(moved.before, PERSONS_KEY, each) - gone for each in moved.reassigned
    )
    actors = audits_of(moved.before, "actor.crm_user_id", moved.renamed) - gone
    actors |= audits_of(moved.before, "actor.crm_user_id", moved.deactivated) - gone
    expected: dict[int, set[str]] = {
        id_: set() for id_ in actors | moving | losing | {moved.merged[1], moved.changed}
    }
    for ids, cause in (
        (moving | losing, "contact"),
        ({moved.merged[1], moved.changed}, "source"),
    ):
        for id_ in ids:
            expected[id_].add(cause)
    for id_ in actors - losing:  # of those that a rule skips today the actor is not compared
        expected[id_].add("actor")
    assert drift == expected
    told = moved.place.job()["drift"]
    assert sum(told.values()) == len(expected)
    assert told["source"] == 2


def test_what_the_crm_deleted_is_kept_on_another_machine(moved: Moved) -> None:
    """No staging file has ever seen those audits there; MongoDB alone knows that they are ours."""
    kept = kept_in(moved.place)
    assert kept == {*moved.deleted, moved.merged[0]}
    assert moved.place.job()["kept_count"] == len(kept)


def test_forged_and_changed_documents_are_found_among_drifted_ones(moved: Moved) -> None:
    """With a hash that fits, a job that exists, a field that is told: each is a difference, alone."""
    actors = sorted(id_ for id_, causes in drift_of(moved.place).items() if causes == {"actor"})
    with forged(moved.place) as logs:
        changed, hidden = (logs.find_one(key_of(id_)) for id_ in actors[:2])
        logs.update_one({"_id": changed["_id"]}, {"$set": {"category": "changed"}})
        hidden["category"] = "hidden"
        hidden["metadata"]["content_hash"] = content_hash(hidden)
        logs.replace_one({"_id": hidden["_id"]}, hidden)

        logs.insert_one(copied(hidden, 4_711, "no such job"))
        done = moved.place.run(*RECONCILE)
        found = dict(asked(moved.place, "from reconciliation.fidelity_differences"))
        fields = asked(moved.place, "select external_id, field from readback.field_differences")
    assert done.returncode == 5, done.stdout + done.stderr
    assert found == {
        f"crm_audit_{actors[0]}": "content",
        f"crm_audit_{actors[1]}": "content",
        "crm_audit_4711": "extra",
    }
    assert (f"crm_audit_{actors[1]}", "category") in fields


@contextmanager
def forged(place: Place) -> Iterator[Any]:
    """Give the collection to write past the loader, and put it back as it was."""
    with place.cdp() as database:
        logs = database.activity_logs
        before = list(logs.find({}))
        try:
            yield logs
        finally:
            logs.delete_many({})
            logs.insert_many(before)


def key_of(audit_id: int) -> dict[str, str]:
    """What finds an audit's document."""
    return {"external_id": f"crm_audit_{audit_id}"}


def copied(document: dict[str, Any], audit_id: int, job_id: str) -> dict[str, Any]:
    """A document of another audit and job, with the hash that fits it."""
    made: dict[str, Any] = bson.decode(bson.encode(document)) | {"_id": bson.ObjectId()}
    made |= key_of(audit_id)
    made["metadata"] |= {"crm_audit_id": audit_id, "job_id": job_id}
    made["metadata"]["content_hash"] = content_hash(made)
    return made
