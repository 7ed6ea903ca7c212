"""Wrong documents are found by the reconciliation, each as what it is."""

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.faults.accounts import AnAccount
from tests.faults.comparing import damage
from tests.faults.injections import INJECTIONS, Injection, inject
from tests.faults.score import Score
from tests.faults.undisturbed import STAGES, Undisturbed
from tests.places.copies import Place, seeded_place
from tests.places.logs import audits_of, drift_of, first_with, logs_of

DIFFERS = 5
ROGUE = {"$set": {"category": "rogue"}}
OURS = {"source_tag": "crm_migration"}


def right_documents(place: Place) -> list[dict[str, Any]]:
    """Return the account's migrated logs, as MongoDB has them."""
    with place.cdp() as database:
        query = OURS | {"company_sso_id": place.company_sso_id}
        return list(database.activity_logs.find(query).sort("external_id", 1))


def injected(place: Place, injections: tuple[Injection, ...]) -> dict[str, str]:
    """Make every fault, each of a document of its own; return their keys by kind."""
    documents = right_documents(place)
    with place.cdp() as database:
        return {each.kind: inject(each, database.activity_logs, documents) for each in injections}


def found_differences(place: Place) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return what the last reconciliation found: difference and fields by external id."""
    with duckdb.connect(place.folder / "staging.duckdb", read_only=True) as warehouse:
        query = "select external_id, difference from reconciliation.fidelity_differences"
        differences = dict(warehouse.execute(query).fetchall())
        fields: dict[str, set[str]] = {}
        query = "select external_id, field from readback.field_differences"
        for external_id, field in warehouse.execute(query).fetchall():
            fields.setdefault(external_id, set()).add(field)
    return differences, fields


def test_every_kind_of_wrong_document_is_found(migrated: Place, score: Score) -> None:
    """All at once, each of a document of its own: none hides another, and no other is accused."""
    keys = injected(migrated, INJECTIONS)
    done = migrated.run(*STAGES["reconcile"])
    assert done.returncode == DIFFERS, done.stdout + done.stderr
    differences, fields = found_differences(migrated)
    verdicts = {kind: differences.get(key, "") for kind, key in keys.items()}
    for each in INJECTIONS:
        score.judged(each.kind, verdicts[each.kind])
    assert verdicts == {each.kind: each.difference for each in INJECTIONS}
    assert len(differences) == len(INJECTIONS)
    told = {each.kind: fields.get(keys[each.kind], {""}) for each in INJECTIONS}
    assert told == {each.kind: {each.field} for each in INJECTIONS}


@pytest.mark.long
def test_a_wrong_document_is_found_alone(small: Undisturbed, migrated: Place, score: Score) -> None:
    """One among thousands, kind after kind; put right again, nothing is found."""
    account = AnAccount(migrated, small.before["rollback"].folder / "staging.duckdb")
    account.count = len(account.audit_ids)
    documents = right_documents(migrated)
    with migrated.cdp() as database:
        logs = database.activity_logs
        for each in INJECTIONS:
            right = next(document for document in documents if each.fits(document))
            before = list(logs.find({}, {"_id": 1}))
            key = inject(each, logs, [right])
            alone = account.reconcile()
            score.judged(each.kind, found_differences(migrated)[0].get(key, ""))
            assert alone.differences == {each.difference: 1}, each.kind
            logs.delete_many({"_id": {"$nin": [found["_id"] for found in before]}})
            logs.replace_one({"_id": right["_id"]}, right, upsert=True)
        clean = account.reconcile()
        score.clean(is_alarmed=bool(clean.problem))
        assert not clean.problem


def test_a_rogue_writer_is_told_and_never_overwritten(
    small: Undisturbed, migrated: Place, score: Score
) -> None:
    """What it deleted a load brings back; what it changed stays, and is told until it is right."""
    before = right_documents(migrated)
    chosen = random.Random(1).sample(before, 40)  # noqa: S311 - which documents, no secrets
    deleted, changed = chosen[:20], chosen[20:]
    with migrated.cdp() as database:
        logs = database.activity_logs
        logs.delete_many({"_id": {"$in": [each["_id"] for each in deleted]}})
        logs.update_many({"_id": {"$in": [each["_id"] for each in changed]}}, ROGUE)
        assert migrated.run(*STAGES["reconcile"]).returncode == DIFFERS
        expected = {each["external_id"]: "missing" for each in deleted}
        expected |= {each["external_id"]: "content" for each in changed}
        assert found_differences(migrated)[0] == expected
        assert migrated.run(*STAGES["load"]).returncode == DIFFERS
        assert set(found_differences(migrated)[0]) == {each["external_id"] for each in changed}
        for each in changed:
            logs.replace_one({"_id": each["_id"]}, each)
    migrated.done(*STAGES["load"])
    migrated.done(*STAGES["reconcile"])
    found = damage(small.documents, migrated.documents())
    score.survived("a rogue writer deletes and changes", found)
    assert found.is_none


@pytest.mark.long
def test_drifted_and_forged_documents_are_told_apart(migrated: Place, score: Score) -> None:
    """A user has another name; some of the documents, drifted or not, were changed by somebody."""
    logs = logs_of(migrated)
    renamed = first_with(logs, "actor.crm_user_id")
    of_the_user = audits_of(logs, "actor.crm_user_id", renamed)
    changed = {*sorted(of_the_user)[:10], *sorted(logs.keys() - of_the_user)[:10]}
    migrated.crm("update users set full_name = full_name || ' Jr.' where id = %s", renamed)
    with migrated.cdp() as database:
        query = {"metadata.crm_audit_id": {"$in": sorted(changed)}}
        database.activity_logs.update_many(query, {"$set": {"category": "changed"}})
    done = migrated.run(*STAGES["migrate"])
    assert done.returncode == DIFFERS, done.stdout + done.stderr
    differences, drift = found_differences(migrated)[0], drift_of(migrated)
    expected = {f"crm_audit_{audit_id}": "content" for audit_id in changed}
    misjudged = len(differences.items() ^ expected.items())
    misjudged += len(drift.keys() ^ (of_the_user - changed))
    score.drifted(misjudged, len(of_the_user | changed))
    assert differences == expected
    assert drift == {id_: {"actor"} for id_ in of_the_user - changed}


CLEAN = ("demo-trouble", "demo-gem")


def test_a_clean_run_is_not_accused(migrated: Place, score: Score) -> None:
    """Migrated, then reconciled again."""
    done = migrated.run(*STAGES["reconcile"])
    score.clean(is_alarmed=done.returncode != 0)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.parametrize("account", CLEAN)
def test_no_clean_run_of_any_account_is_accused(
    servers: Any, score: Score, tmp_path: Path, account: str
) -> None:
    """A first run, a second one, one after new audits, and one after a rollback."""
    with seeded_place(servers.env, account, tmp_path / "var") as place:
        for step in ("first", "again", "new audits", "rollback"):
            if step == "new audits" and account != "demo-gem":
                place.add_audits(200)
            if step == "rollback":
                place.done(*STAGES["rollback"])
            done = place.run(*STAGES["migrate"])
            score.clean(is_alarmed=done.returncode != 0)
            assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
