"""Bad input ends with one clear line, the right exit code, and nothing half-written."""

from typing import Any

import psycopg
import pytest

from tests.end_to_end.conftest import COMPANY_IDS, Run, hash_of


def assert_one_clear_line(output: str, *words: str) -> None:
    """Standard error holds one line that begins with `error:` and names the fault."""
    lines = [line for line in output.splitlines() if line.startswith("error:")]
    assert len(lines) == 1, output
    assert "Traceback" not in output
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("stage", ["migrate", "load", "reconcile", "transform", "status"])
def test_an_unknown_account_is_a_usage_error(command: Run, stage: str) -> None:
    """The line names the account and the ones that are known."""
    done = command("loaders", stage, "--account", "nobody")
    assert done.returncode == 2
    assert_one_clear_line(done.stderr, "nobody", "demo-gem")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CRM_AUDIT_DATABASE_URL", "postgresql://crm_reader:secret@127.0.0.1:1/crm"),
        ("CRM_AUDIT_DATABASE_URL", None),
        ("CDP_MONGO_URL", "mongodb://127.0.0.1:1/cdp?serverSelectionTimeoutMS=500"),
        ("CDP_MONGO_URL", None),
        ("USMAN_URL", None),
    ],
)
def test_a_missing_or_unreachable_server_is_named(
    migrated: Run, mongo: Any, variable: str, value: str | None
) -> None:
    """The variable is named, no password is shown, and no document changes."""
    query = {"company_sso_id": COMPANY_IDS["demo-gem"]}
    before = hash_of(mongo, query)
    done = migrated("loaders", "migrate", "--account", "demo-gem", **{variable: value})
    assert done.returncode == 1
    assert_one_clear_line(done.stderr, variable)
    assert "secret" not in done.stdout + done.stderr
    assert hash_of(mongo, query) == before


def test_a_wrong_password_is_named_and_never_shown(migrated: Run, servers: Any) -> None:
    """The line says which variable holds the wrong credentials."""
    url = servers.env["CRM_AUDIT_DATABASE_URL"]
    wrong = url.replace(url.split("@")[0].split(":")[-1], "hunter22")
    done = migrated("loaders", "migrate", "--account", "demo-gem", CRM_AUDIT_DATABASE_URL=wrong)
    assert done.returncode == 1
    assert_one_clear_line(done.stderr, "CRM_AUDIT_DATABASE_URL")
    assert "hunter22" not in done.stdout + done.stderr


def test_a_renamed_source_column_stops_the_run(migrated: Run, servers: Any, mongo: Any) -> None:
    """Nothing is staged or written; the line names the column; renamed back, the run succeeds."""
    query = {"company_sso_id": COMPANY_IDS["demo-gem"]}
    before = hash_of(mongo, query)
    with psycopg.connect(servers.env["CRM_DEMO_ADMIN_URL"], autocommit=True) as admin:
        admin.execute("alter table audits rename column comment to remark")
        try:
            done = migrated("loaders", "migrate", "--account", "demo-gem")
        finally:
            admin.execute("alter table audits rename column remark to comment")
    assert done.returncode == 1
    assert_one_clear_line(done.stderr, "comment")
    assert hash_of(mongo, query) == before
    assert migrated("loaders", "migrate", "--account", "demo-gem").returncode == 0
