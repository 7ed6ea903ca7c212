"""Why an audit is, or is not, in MongoDB: every answer, on the demo's accounts."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import duckdb
import psycopg
import pytest
from rich.console import Console

from ingest.shared.seeds import find_account
from ingest.shared.text import printable
from loaders.documents.document import content_hash
from loaders.errors import NothingToDoError
from loaders.review.explain.explained import Explanation
from loaders.review.explain.explaining import explain
from loaders.review.explain.printing import page_json, print_page
from tests.end_to_end.conftest import COMPANY_IDS, Run, environment

Explain = Callable[..., Explanation]
NOT_THERE = 999_999_999
NEW_AUDIT = """
    insert into audits (id, organization_id, auditable_id, auditable_type, action,
        audited_changes, created_at)
    values (%s, 101, 1, 'CrmDeal', 'update', '---', %s)
"""
STAGE_AUDIT = """
    insert into raw_crm.audits (id, auditable_type, action, audited_changes)
    values (?, 'CrmDeal', 'update', ?)
"""


@pytest.fixture
def explained(servers: Any, migrated: Run) -> Explain:
    """Explains an audit of a migrated account; keywords change the environment."""
    assert callable(migrated)

    def run(account: str, audit_id: int, **changes: str | None) -> Explanation:
        return explain(find_account(account), audit_id, environment(servers, **changes))

    return run


@pytest.fixture
def warehouse(servers: Any, migrated: Run) -> Callable[..., list[Any]]:
    """Asks or changes an account's warehouse."""
    assert callable(migrated)

    def run(account: str, statement: str, *parameters: Any) -> list[Any]:
        with duckdb.connect(servers.var_dir / account / "staging.duckdb") as connection:
            return connection.execute(statement, parameters).fetchall()

    return run


@pytest.fixture
def first(warehouse: Callable[..., list[Any]]) -> Callable[..., int]:
    """The first audit of an account with an outcome that meets a condition."""

    def found(account: str, condition: str) -> int:
        query = f"select min(audit_id) from marts.audit_outcomes where {condition}"  # noqa: S608 - ours
        return int(warehouse(account, query)[0][0])

    return found


@contextmanager
def in_the_crm(servers: Any, audit_id: int, created_at: str) -> Iterator[None]:
    """A new audit of demo-small in the CRM, that no extract has seen."""
    with psycopg.connect(servers.admin_url, autocommit=True) as crm:
        crm.execute(NEW_AUDIT, [audit_id, created_at])
        try:
            yield
        finally:
            crm.execute("delete from audits where id = %s", [audit_id])


def page_of(found: Explanation, capsys: pytest.CaptureFixture[str], width: int = 400) -> str:
    """The page as plain text."""
    print_page(found, Console(width=width, highlight=False, no_color=True))
    return capsys.readouterr().out


def test_a_migrated_audit(explained: Explain, first: Callable[..., int]) -> None:
    """It is there, equal in every field, with the job that wrote it."""
    found = explained("demo-gem", first("demo-gem", "outcome = 'ready'"))
    assert (found.in_mongodb, found.cause) == ("yes", "ready")
    assert found.mongodb is not None
    assert found.mongodb.is_equal
    assert found.mongodb.job_id
    assert found.answer.startswith(f"Audit {found.audit_id} is in MongoDB.")
    assert found.not_asked == []


@pytest.mark.parametrize("helps", [True, False])
def test_a_skipped_audit_says_whether_link_history_would_help(
    explained: Explain, first: Callable[..., int], helps: bool
) -> None:
    """A `no_contact` skip names who was linked at that time, or that nobody was."""
    audit_id = first("demo-trouble", f"reason = 'no_contact' and is_resolvable_by_link = {helps}")
    found = explained("demo-trouble", audit_id)
    assert (found.in_mongodb, found.cause) == ("no", "skipped")
    assert "The rules skip it (no_contact): It names no person" in found.answer
    assert ("`link_history` = true in accounts.csv" in found.next_step) is helps
    assert found.warehouse is not None
    assert found.warehouse.contact is not None
    link = found.warehouse.contact.candidates[-1]
    assert (link.crm_person_id is not None, link.is_taken) == (helps, False)
    assert ("`link_history` is false" in str(link.why_not)) is helps


@pytest.mark.parametrize("reason", ["unparseable_changes", "ambiguous_contact"])
def test_a_failed_audit(explained: Explain, first: Callable[..., int], reason: str) -> None:
    """It should have been migrated; what stands against it is named, with a way out."""
    found = explained("demo-trouble", first("demo-trouble", f"reason = '{reason}'"))
    assert (found.in_mongodb, found.cause) == ("no", "failed")
    assert f"cannot be ({reason})" in found.answer
    assert "`make migrate`" in found.next_step
    assert found.warehouse is not None
    assert found.warehouse.contact is not None
    assert found.warehouse.document is None
    assert reason != "ambiguous_contact" or found.warehouse.contact.contact_id is None


def test_a_type_out_of_scope(explained: Explain, crm: psycopg.Connection[Any]) -> None:
    """An audit of a type that is not mapped is not staged, and the CRM is asked why."""
    query = "select min(id) from audits where organization_id = 103 and auditable_type = 'User'"
    [(audit_id,)] = crm.execute(query).fetchall()
    found = explained("demo-trouble", audit_id)
    assert (found.in_mongodb, found.cause) == ("no", "type_not_mapped")
    assert "category_map.csv has no line for the type User" in found.answer


def test_an_audit_of_another_organization(explained: Explain) -> None:
    """Its organization and account are named, and nothing of its content is read."""
    found = explained("demo-gem", 1_000_001)
    assert found.cause == "other_account"
    assert "another organization of the CRM, 101" in found.answer
    assert "demo-small" in found.next_step
    assert found.at_source is not None
    assert found.at_source.auditable_type is None


@pytest.mark.parametrize(
    ("created_at", "cause"),
    [("2001-01-01", "older_than_cutoff"), ("2030-01-01", "not_staged"), ("infinity", "not_staged")],
)
def test_an_audit_that_no_extract_has_seen(
    servers: Any, explained: Explain, created_at: str, cause: str
) -> None:
    """Older than the cutoff is out of scope; else a later run picks it up, a wrong time too."""
    with in_the_crm(servers, NOT_THERE, created_at):
        found = explained("demo-small", NOT_THERE)
    assert (found.in_mongodb, found.cause) == ("no", cause)
    assert "make migrate ACCOUNT=demo-small" in found.next_step


def test_an_audit_whose_log_somebody_changed(
    explained: Explain, first: Callable[..., int], warehouse: Callable[..., list[Any]], mongo: Any
) -> None:
    """A log changed by others is told field by field, with what the last load said of it."""
    audit_id = first("demo-gem", "outcome = 'ready'")
    before = mongo.activity_logs.find_one({"external_id": f"crm_audit_{audit_id}"})
    changed = {"category": "rogue", "metadata.content_hash": "0" * 64}
    mongo.activity_logs.update_one({"_id": before["_id"]}, {"$set": changed})
    problem = [audit_id, "foreign_document", "a document that this system did not write"]
    warehouse("demo-gem", "insert into readback.load_failures values (?, ?, ?)", *problem)
    try:
        found = explained("demo-gem", audit_id)
    finally:
        mongo.activity_logs.replace_one({"_id": before["_id"]}, before)
        warehouse("demo-gem", "delete from readback.load_failures where audit_id = ?", audit_id)
    assert (found.in_mongodb, found.cause) == ("differs", "load_failed")
    assert "(foreign_document)" in found.answer
    assert "ONLY=differences" in found.next_step
    assert found.mongodb is not None
    assert [(each.field, each.actual) for each in found.mongodb.differences] == [
        ("category", '"rogue"'),
        ("metadata.content_hash", "0" * 64),
    ]


def test_a_log_that_was_removed(explained: Explain, first: Callable[..., int], mongo: Any) -> None:
    """Ready and not there: it was not loaded, or somebody removed it."""
    audit_id = first("demo-gem", "outcome = 'ready'")
    before = mongo.activity_logs.find_one_and_delete({"external_id": f"crm_audit_{audit_id}"})
    try:
        found = explained("demo-gem", audit_id)
    finally:
        mongo.activity_logs.insert_one(before)
    assert (found.in_mongodb, found.cause) == ("no", "not_loaded")


def test_a_log_whose_audit_is_gone(explained: Explain, mongo: Any) -> None:
    """A log without an audit is extra, unless a job of the account wrote it so: then it is kept."""
    company_sso_id = COMPANY_IDS["demo-gem"]
    job = mongo.crm_activity_log_migration_jobs.find_one({"company_sso_id": company_sso_id})
    rogue: dict[str, Any] = {
        "company_sso_id": company_sso_id,
        "source_tag": "crm_migration",
        "external_id": f"crm_audit_{NOT_THERE}",
        "metadata": {"job_id": "of nobody"},
    }
    rogue["metadata"] |= {"content_hash": content_hash(rogue)}
    mongo.activity_logs.insert_one(rogue)
    try:
        found = explained("demo-gem", NOT_THERE)
        own = {"$set": {"metadata.job_id": job["job_id"]}}
        mongo.activity_logs.update_one({"_id": rogue["_id"]}, own)
        kept = explained("demo-gem", NOT_THERE)
    finally:
        mongo.activity_logs.delete_one({"_id": rogue["_id"]})
    assert (kept.in_mongodb, kept.cause) == ("kept", "not_in_crm")
    assert "a log outlives its audit" in kept.next_step
    assert (found.in_mongodb, found.cause) == ("extra", "not_in_crm")
    assert "make rollback ACCOUNT=demo-gem" in found.next_step


def test_a_log_that_has_drifted(
    explained: Explain, first: Callable[..., int], warehouse: Callable[..., list[Any]]
) -> None:
    """The log is as it was written, and the rules make another one by now."""
    audit_id = first("demo-gem", "outcome = 'ready'")
    change = "update marts.activity_logs set action = ? where audit_id = ?"
    [(action,)] = warehouse(
        "demo-gem", "select action from marts.activity_logs where audit_id = ?", audit_id
    )
    warehouse("demo-gem", change, "moved", audit_id)
    try:
        found = explained("demo-gem", audit_id)
    finally:
        warehouse("demo-gem", change, action, audit_id)
    assert (found.in_mongodb, found.cause) == ("drifted", "ready")
    assert "as it was written" in found.answer
    assert "ONLY=drift" in found.next_step


def test_an_audit_that_is_nowhere(explained: Explain) -> None:
    """Neither staged, nor in the CRM, nor in MongoDB: exit 6."""
    with pytest.raises(NothingToDoError, match="neither staged nor in the CRM"):
        explained("demo-gem", NOT_THERE)


def test_an_audit_that_is_staged_and_not_transformed(
    explained: Explain, warehouse: Callable[..., list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is to run is said; a text that cannot be read yet and names a denied field is hidden."""
    staged = [NOT_THERE, "encrypted_password: s3cret [unclosed"]
    warehouse("demo-gem", STAGE_AUDIT, *staged)
    try:
        found = explained("demo-gem", NOT_THERE)
    finally:
        warehouse("demo-gem", "delete from raw_crm.audits where id = ?", NOT_THERE)
    assert found.cause == "not_transformed"
    assert "make transform ACCOUNT=demo-gem" in found.next_step
    assert "s3cret" not in page_json(found) + page_of(found, capsys)


@pytest.mark.parametrize("url", [None, "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200"])
def test_without_mongodb_the_rest_is_explained(
    explained: Explain, first: Callable[..., int], url: str | None
) -> None:
    """The warehouse's part is whole, and MongoDB is named as not asked."""
    found = explained("demo-gem", first("demo-gem", "outcome = 'ready'"), CDP_MONGO_URL=url)
    assert (found.in_mongodb, found.cause) == ("not_asked", "ready")
    assert found.warehouse is not None
    assert found.warehouse.document is not None
    assert found.not_asked[0].startswith("MongoDB could not be asked:")


def test_without_the_crm_the_question_stays_open(migrated: Run) -> None:
    """An audit that is not staged cannot be explained then: the page says so, exit 1."""
    arguments = ("loaders", "explain", "--account", "demo-gem", "--audit", "1000001")
    done = migrated(*arguments, CRM_AUDIT_DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert done.returncode == 1
    assert "the CRM could not be asked why" in done.stdout
    assert "The CRM could not be asked: PostgreSQL" in done.stderr


def test_the_commands_exit_codes(migrated: Run, first: Callable[..., int]) -> None:
    """0 with a page, and as JSON; 6 with one line where there is no such audit; 2 for no number."""
    audit_id = str(first("demo-gem", "outcome = 'ready'"))
    explain_gem = ("loaders", "explain", "--account", "demo-gem", "--audit")
    page, as_json = migrated(*explain_gem, audit_id), migrated(*explain_gem, audit_id, "--json")
    nowhere = migrated(*explain_gem, str(NOT_THERE))
    assert (page.returncode, as_json.returncode, nowhere.returncode) == (0, 0, 6)
    assert f"Audit {audit_id} is in MongoDB." in page.stdout
    assert "\x1b" not in page.stdout
    assert json.loads(as_json.stdout)["in_mongodb"] == "yes"
    assert (nowhere.stdout, len(nowhere.stderr.splitlines())) == ("", 1)
    assert migrated(*explain_gem, "x").returncode == 2


CASES = (
    ("demo-gem", "outcome = 'ready'"),
    ("demo-trouble", "outcome = 'ready' and actor_type = 'deactivated'"),
    ("demo-trouble", "actor_type = 'other'"),
    ("demo-small", "action = 'link'"),
    ("demo-small", "action = 'won'"),
    ("demo-trouble", "reason = 'no_contact'"),
    ("demo-trouble", "reason = 'contact_not_found'"),
    ("demo-trouble", "reason = 'unparseable_changes'"),
    ("demo-trouble", "reason = 'unmapped_action_type'"),
    ("demo-trouble", "reason = 'no_changes'"),
)


@pytest.mark.parametrize(("account", "condition"), CASES, ids=[each[1] for each in CASES])
def test_page_and_json_tell_the_same(
    explained: Explain,
    first: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    account: str,
    condition: str,
) -> None:
    """Every text and number of the JSON is on the page."""
    found = explained(account, first(account, condition))
    page = " ".join(page_of(found, capsys).split())
    assert json.loads(page_json(found))["answer"] in page
    for leaf in leaves(asdict(found) | {"in_mongodb": None, "cause": None}):
        forms = (leaf, json.dumps(leaf, ensure_ascii=False))
        assert any(" ".join(printable(form).split()) in page for form in forms)


def leaves(value: Any) -> Iterator[str]:
    """Every text and number of a structure, as text."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def test_denied_values_are_never_printed(
    explained: Explain, warehouse: Callable[..., list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the demo's rows with secrets only the field's name is told, never its value."""
    query = (
        "select audit_id, audited_changes from intermediate.int_changes_paired "
        "inner join stg.stg_crm__audits using (audit_id) where len(denied_field_names) > 0 "
        "order by audit_id limit 3"
    )
    rows = warehouse("demo-trouble", query)
    assert rows
    assert all("$2a$x" in text for _, text in rows)
    for audit_id, _ in rows:
        found = explained("demo-trouble", audit_id)
        page = page_of(found, capsys)
        assert "encrypted_password (denied" in page
        assert "$2a$x" not in page + page_json(found)


def test_no_e_mail_of_an_actor_is_printed(
    explained: Explain, first: Callable[..., int], crm: psycopg.Connection[Any]
) -> None:
    """Only that one is known is told."""
    found = explained("demo-small", first("demo-small", "actor_type = 'user'"))
    text = page_json(found)
    assert found.warehouse is not None
    assert found.warehouse.actor is not None
    assert found.warehouse.actor.is_email_known
    emails = crm.execute("select email from users where email <> ''").fetchall()
    assert emails
    assert not any(email in text for (email,) in emails)
