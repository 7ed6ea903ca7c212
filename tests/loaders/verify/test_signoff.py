"""A verified run can be signed, and every later change voids that (rule: sign-off)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from ingest.shared.progress import show_progress
from ingest.shared.seeds import SEEDS, read_mapped_types
from loaders.errors import NothingToDoError, PurgeError, RollbackError, SignOffError
from loaders.jobs.account_files import report_path
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.load.rollback import Rollback
from loaders.transform.inputs import keep_inputs
from loaders.transform.provenance import mapping_hashes, report_hashes
from loaders.upkeep.purge import purge
from loaders.verify.signoff.blocking import Ground, blockers
from loaders.verify.signoff.hashes import documents_fingerprint, documents_hash
from loaders.verify.signoff.sign_off_state import SignOffState, sign_off_state
from loaders.verify.signoff.signing import sign_off
from loaders.verify.source_count import source_count
from tests.loaders.conftest import Place

BY = "Ana Lyst"
KEY = {"external_id": "crm_audit_7"}


def report_of(place: Place, **changes: Any) -> Path:
    """Write a report of the place's last job."""
    page = report_path(place.settings.var_dir, place.account)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("<p>good</p>")
    facts = {"job": {"job_id": place.job()["job_id"]}, "verdict": {"is_good": True}} | changes
    page.with_name("report.json").write_text(json.dumps(facts))
    job = place.job()
    jobs = Jobs(place.database, place.account)
    jobs.set_status(job["job_id"], [job["status"]], report_hashes=report_hashes(page))
    return page


def note_made_with(place: Place, *builds: dict[str, Any]) -> None:
    """Let the run have been made with other seeds, or let it not be known with which."""
    Jobs(place.database, place.account).set_status(
        place.job()["job_id"], ["completed"], made_with=list(builds)
    )


@pytest.fixture
def verified(place: Place) -> Place:
    """Twenty documents, loaded, verified and reported."""
    place.fill_with(20)
    target = place.folder / "target"
    target.mkdir()
    keep_inputs(target, {"seeds": mapping_hashes(place.account), "code": []})
    assert place.run("load").returncode == 0
    assert place.run("reconcile").returncode == 0
    report_of(place)
    return place


@pytest.fixture
def signed(verified: Place) -> Place:
    """The same, signed."""
    sign_off(verified.settings, verified.account, by=BY, note="as agreed")
    return verified


def state_of(place: Place, seeds: Path = SEEDS) -> SignOffState:
    """Whether the sign-off stands, asked as `make status` does."""

    def count(job: dict[str, Any]) -> int:
        return source_count(place.settings, place.account, read_mapped_types(), job["cutoff"])

    report = report_path(place.settings.var_dir, place.account)
    found = sign_off_state(
        place.database,
        place.account,
        seeds=seeds,
        report=report,
        count_source=count,
        every_byte=True,
    )
    assert found is not None
    return found


def test_a_sign_off_names_a_person_and_what_was_signed(signed: Place) -> None:
    """It stands, is in the job with its history, and `make status` tells it in one line."""
    job = signed.job()
    assert job["status"] == "signed_off"
    assert job["sign_off"]["by"] == BY
    assert job["sign_off"]["inputs"]["documents_sha256"] == job["documents_sha256"]
    assert [job["events"][-1][name] for name in ("what", "who", "detail")] == [
        "sign_off",
        BY,
        "as agreed",
    ]
    assert state_of(signed).is_valid
    assert f"signed by {BY} at " in signed.run("status").stdout
    told = json.loads(signed.run("status", "--json").stdout)
    assert told["sign_off_state"] == {"is_valid": True, "changes": []}


def test_the_short_question_needs_mongodb_and_seeds_only(signed: Place) -> None:
    """The operations page asks without warehouse, report and CRM."""
    shutil.rmtree(signed.settings.var_dir)
    found = sign_off_state(signed.database, signed.account)
    assert found is not None
    assert found.is_valid


def another(logs: Any) -> None:
    """A migrated document more."""
    logs.insert_one(logs.find_one(KEY, {"_id": 0}) | {"external_id": "crm_audit_4711"})


def exchanged(logs: Any) -> None:
    """As many as before."""
    another(logs)
    logs.delete_one(KEY)


DOCUMENTS: dict[str, Callable[[Any], Any]] = {
    "changed": lambda logs: logs.update_one(KEY, {"$set": {"category": "lead"}}),
    "changed_type": lambda logs: logs.update_one(KEY, {"$set": {"metadata.version": 1.0}}),
    "missing": lambda logs: logs.delete_one(KEY),
    "extra": another,
    "exchanged": exchanged,
    "another_job": lambda logs: logs.update_one(KEY, {"$set": {"metadata.job_id": "x"}}),
}


@pytest.mark.parametrize("change", DOCUMENTS)
def test_a_document_that_changes_voids_it(signed: Place, change: str) -> None:
    """Also in the short question that the operations page asks."""
    DOCUMENTS[change](signed.database.activity_logs)
    assert "documents changed" in state_of(signed).line
    quick = sign_off_state(signed.database, signed.account)
    assert quick is not None
    assert not quick.is_valid
    assert "sign-off void: documents changed" in signed.run("status").stdout


def test_native_logs_and_other_accounts_may_change(signed: Place) -> None:
    """They are no part of what was signed."""
    native = {"company_sso_id": signed.account.company_sso_id, "category": "native"}
    signed.database.activity_logs.insert_one(native)
    other = {"company_sso_id": "another", "source_tag": "crm_migration", "external_id": "1"}
    signed.database.activity_logs.insert_one(other)
    assert state_of(signed).is_valid


def test_a_fraction_is_seen_by_reading_every_byte_only(place: Place) -> None:
    """Why `make status` reads every document, and does not trust the server's hash alone."""
    logs = ActivityLogs(place.database, place.account.company_sso_id)
    document = {"company_sso_id": place.account.company_sso_id, "source_tag": "crm_migration"}
    place.database.activity_logs.insert_one(document | {"amount": 1.25})
    before = documents_hash(logs), documents_fingerprint(logs)
    place.database.activity_logs.update_one({}, {"$set": {"amount": 1.75}})
    after = documents_hash(logs), documents_fingerprint(logs)
    assert before[0] != after[0]
    assert before[1] == after[1]


def appended(seed: str, line: str) -> Callable[[Path], object]:
    """What appends a line to a seed."""

    def append(seeds: Path) -> None:
        path = seeds / seed
        path.write_text(path.read_text() + line + "\n")

    return append


def replaced(seed: str, before: str, after: str) -> Callable[[Path], object]:
    """What changes a text in a seed."""

    def replace(seeds: Path) -> None:
        path = seeds / seed
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))

    return replace


OWN = "demo-small,11111111-1111-4111-8111-111111111111,101,true"
SEED_CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a_type_mapped": (
        appended("category_map.csv", "Invoice,create,invoice,create"),
        "category_map.csv",
    ),
    "a_field_denied": (appended("denied_fields.csv", "salary"), "denied_fields.csv"),
    "link_history": (replaced("accounts.csv", f"{OWN},false", f"{OWN},true"), "accounts.csv"),
    "a_status_of_all": (
        appended("status_sets.csv", "*,CrmDeal,crm_stage_id,99,won"),
        "status_sets.csv",
    ),
    "another_account": (
        appended("accounts.csv", "new,55555555-5555-4555-8555-555555555555,9,true,false,New"),
        "",
    ),
    "a_status_of_another": (
        appended(
            "status_sets.csv",
            "22222222-2222-4222-8222-222222222222,CrmDeal,crm_stage_id,99,won",
        ),
        "",
    ),
    "its_name": (replaced("accounts.csv", "a small shop", "a shop"), ""),
}


@pytest.mark.parametrize("change", SEED_CHANGES)
def test_a_seed_that_changes_for_the_account_voids_it(
    signed: Place, tmp_path: Path, change: str
) -> None:
    """The seed is named; lines of other accounts, and the account's name, are no mapping."""
    make, named = SEED_CHANGES[change]
    seeds = tmp_path / "seeds"
    shutil.copytree(SEEDS, seeds)
    make(seeds)
    found = state_of(signed, seeds)
    assert found.changes == ((f"seeds changed: {named}",) if named else ())


def test_the_order_of_a_seed_is_no_mapping(signed: Place, tmp_path: Path) -> None:
    """A sorted seed says the same."""
    seeds = tmp_path / "seeds"
    shutil.copytree(SEEDS, seeds)
    heading, *lines = (seeds / "category_map.csv").read_text().splitlines()
    (seeds / "category_map.csv").write_text("\n".join([heading, *reversed(lines)]) + "\n")
    assert state_of(signed, seeds).is_valid


@pytest.mark.parametrize("name", ["report.json", "index.html"])
def test_a_report_that_changes_voids_it(signed: Place, name: str) -> None:
    """What is signed is what was read."""
    path = report_path(signed.settings.var_dir, signed.account).with_name(name)
    path.write_text(path.read_text() + " ")
    assert state_of(signed).changes == ("the report changed",)


def test_a_new_run_voids_it(signed: Place) -> None:
    """A run is allowed after a sign-off; the new one is what is to be signed then."""
    assert signed.run("load").returncode == 0
    assert state_of(signed).changes[0].startswith("a new run began at ")
    assert signed.job()["status"] == "completed"


def test_audits_at_the_source_void_it(signed: Place) -> None:
    """What the CRM writes in the transition window is not signed for."""
    with psycopg.connect(signed.settings.crm_url, autocommit=True) as crm:
        crm.execute(
            "insert into audits (id, organization_id, auditable_type, created_at) "
            "values (900, 101, 'Note', '2024-02-01')"
        )
    assert state_of(signed).changes == ("audits changed at the source: 20 in scope then, 21 now",)


def test_a_crm_that_is_down_is_told(signed: Place) -> None:
    """`make status` still answers, and says what it could not ask."""
    signed.env["CRM_AUDIT_DATABASE_URL"] = "postgresql://127.0.0.1:1/none"
    assert "(the CRM was not asked)" in signed.run("status").stdout


def test_a_difference_found_later_voids_it(signed: Place) -> None:
    """A reconciliation that fails the job takes its sign-off with it."""
    signed.database.activity_logs.delete_one(KEY)
    assert signed.run("reconcile").returncode == 5
    found = sign_off_state(signed.database, signed.account)
    assert found is not None
    assert found.changes[0].startswith("the run is failed since")


def test_a_signed_run_is_not_rolled_back(signed: Place) -> None:
    """Nothing is deleted."""
    rollback = Rollback(signed.database, signed.account, "tests")
    with show_progress(Console(), "rollback", 20) as progress, pytest.raises(RollbackError):
        rollback.run(progress)
    assert len(signed.stored()) == 20


def test_it_is_not_signed_twice_but_anew_when_void(signed: Place) -> None:
    """A report that was written anew can be read and signed anew."""
    with pytest.raises(NothingToDoError, match="is signed by Ana Lyst"):
        sign_off(signed.settings, signed.account, by="Bo")
    report_of(signed, more=True)
    assert not state_of(signed).is_valid
    sign_off(signed.settings, signed.account, by="Bo")
    assert state_of(signed).by == "Bo"
    assert state_of(signed).is_valid


REFUSALS: dict[str, tuple[Callable[[Place], object], str]] = {
    "a_changed_document": (
        lambda place: DOCUMENTS["changed"](place.database.activity_logs),
        "documents changed in content since they were verified",
    ),
    "no_report": (
        lambda place: report_path(place.settings.var_dir, place.account).unlink(),
        "there is no report",
    ),
    "another_report": (
        lambda place: report_of(place, job={"job_id": "another"}),
        "the report is of another run",
    ),
    "a_bad_report": (
        lambda place: report_of(place, verdict={"is_good": False}),
        "the report says that the run is not good",
    ),
    "a_forged_page": (
        lambda place: Jobs(place.database, place.account).set_status(
            place.job()["job_id"], ["completed"], report_hashes={"page_sha256": "another"}
        ),
        "the report is not as it was written",
    ),
    "a_broken_report": (
        lambda place: (
            report_path(place.settings.var_dir, place.account)
            .with_name("report.json")
            .write_text("{")
        ),
        "report.json is broken",
    ),
    "other_seeds": (
        lambda place: note_made_with(place, {"mapping": {"accounts": "0"}}),
        "seeds changed since the marts were made",
    ),
    "unknown_seeds": (
        note_made_with,
        "it is not known which seeds",
    ),
    "a_worse_figure": (
        lambda place: Jobs(place.database, place.account).set_status(
            place.job()["job_id"], ["completed"], fidelity_pct=99.9
        ),
        "its fidelity is 99.9 %",
    ),
    "a_sampled_difference": (
        lambda place: Jobs(place.database, place.account).set_status(
            place.job()["job_id"], ["completed"], sample_differences=2
        ),
        "2 sampled audits differ",
    ),
    "another_mart": (lambda place: place.fill_with(19), "the marts were made anew"),
    "a_failed_run": (
        lambda place: Jobs(place.database, place.account).set_status(
            place.job()["job_id"], ["completed"], status="failed"
        ),
        "its last run is failed",
    ),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_what_is_not_as_it_was_verified_is_not_signed(verified: Place, fault: str) -> None:
    """The refusal names what is wrong, and the job stays as it is."""
    spoil, named = REFUSALS[fault]
    spoil(verified)
    status = verified.job()["status"]
    with pytest.raises(SignOffError, match=named) as refused:
        sign_off(verified.settings, verified.account, by=BY)
    assert refused.value.exit_code == 5
    assert verified.job()["status"] == status
    assert sign_off_state(verified.database, verified.account) is None


def test_a_reconciliation_does_not_make_up_for_audits_that_no_run_copied(verified: Place) -> None:
    """It tells new figures, but not those of the report; a run has to move them."""
    with psycopg.connect(verified.settings.crm_url, autocommit=True) as crm:
        crm.execute(
            "insert into audits (id, organization_id, auditable_type, created_at) "
            "values (900, 101, 'Note', '2024-02-01')"
        )
    assert verified.run("reconcile").returncode == 0
    with pytest.raises(SignOffError, match="20 in scope then, 21 now; run `make migrate`") as no:
        sign_off(verified.settings, verified.account, by=BY)
    assert "the report is not as it was written" in str(no.value)


def test_the_status_knows_what_stands_in_the_way(verified: Place) -> None:
    """What sign-off refuses, `make status` does not promise: every byte, and the source."""
    assert json.loads(verified.run("status", "--json").stdout)["can_sign_off"]
    verified.database.activity_logs.update_one(KEY, {"$set": {"action": "other"}})
    with psycopg.connect(verified.settings.crm_url, autocommit=True) as crm:
        crm.execute(
            "insert into audits (id, organization_id, auditable_type, created_at) "
            "values (900, 101, 'Note', '2024-02-01')"
        )
    told = json.loads(verified.run("status", "--json").stdout)
    assert not told["can_sign_off"]
    assert [blocker.partition(" since")[0] for blocker in told["blockers"]] == [
        "documents changed in content",
        "audits changed at the source",
    ]


def test_a_void_sign_off_names_what_changed_without_reading_all(signed: Place) -> None:
    """The API asks for a fingerprint: of a signed run it knows that a text changed."""
    signed.database.activity_logs.update_one(KEY, {"$set": {"action": "other"}})
    ground = Ground(signed.database, signed.account, report_of(signed))
    assert "documents changed in content since they were verified: run `make reconcile`" in (
        blockers(ground)
    )


def test_nothing_verified_is_nothing_to_sign(place: Place) -> None:
    """An account without a run, or without a document, has nothing to sign for."""
    place.fill([], {1: ("skipped", "no_contact")})
    with pytest.raises(NothingToDoError, match="no run"):
        sign_off(place.settings, place.account, by=BY)
    assert place.run("load").returncode == 0
    assert place.run("reconcile").returncode == 0
    with pytest.raises(NothingToDoError, match="no verified document"):
        sign_off(place.settings, place.account, by=BY)


def test_a_sign_off_needs_a_name(verified: Place) -> None:
    """A blank is none."""
    assert verified.run("signoff", "--by", " ").returncode == 2


def test_the_staging_of_a_signed_run_can_be_purged(signed: Place) -> None:
    """What holds personal data goes; the report stays, and the sign-off stands."""
    removed = purge(signed.database, signed.account, signed.env, force=False)
    assert {"staging.duckdb", "target"} <= set(removed)
    assert report_path(signed.settings.var_dir, signed.account).exists()
    state = sign_off_state(signed.database, signed.account)
    assert state is not None
    assert state.is_valid


def test_the_staging_of_a_void_sign_off_stays(signed: Place) -> None:
    """The message says what has changed."""
    signed.database.activity_logs.delete_one(KEY)
    with pytest.raises(PurgeError, match="sign-off void: documents changed"):
        purge(signed.database, signed.account, signed.env, force=False)
    assert (signed.folder / "staging.duckdb").exists()
