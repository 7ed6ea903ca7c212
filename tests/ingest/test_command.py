"""The command line: one line for every mistake, and never a secret in it."""

import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.places.crm_sources import ROOT, Sources


def one_line(finished: "subprocess.CompletedProcess[str]", exit_code: int) -> str:
    """Check the exit code and the shape of an error, and return it."""
    assert finished.returncode == exit_code
    assert finished.stderr.startswith("error: ")
    assert finished.stderr.count("\n") == 1
    assert "secret" not in finished.stderr
    return finished.stderr


def with_user(url: str, user: str) -> str:
    """Put another user, with a password, into a URL."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return urlsplit(url)._replace(netloc=f"{user}:the-secret@{host}").geturl()


def test_a_refused_login_names_server_and_variable(sources: Sources) -> None:
    """The role does not exist; the password stays out of the message."""
    url = with_user(sources.crm_url, "nobody_known")
    line = one_line(sources.extract(CRM_AUDIT_DATABASE_URL=url), 1)
    assert urlsplit(sources.crm_url).netloc.rpartition("@")[2] in line
    assert "refuses the user or password; check CRM_AUDIT_DATABASE_URL" in line
    assert not sources.var_dir.exists()


def test_an_unknown_database_is_named(sources: Sources) -> None:
    """PostgreSQL answers, but has no such database."""
    url = urlsplit(sources.crm_url)._replace(path="/nowhere").geturl()
    assert '"nowhere" does not exist' in one_line(sources.extract(CRM_AUDIT_DATABASE_URL=url), 1)


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("CRM_AUDIT_DATABASE_URL", "postgresql://user:secret@127.0.0.1:1/crm"),
        ("CRM_AUDIT_DATABASE_URL", "postgresql://user:se@cret/secret@127.0.0.1:x/crm"),
        ("CRM_AUDIT_DATABASE_URL", "mysql://user:secret@127.0.0.1/crm"),
        ("CDP_MONGO_URL", "mongodb://user:secret@127.0.0.1:1/cdp"),
        ("CDP_MONGO_URL", "mongodb://user:se:cret@secret@127.0.0.1:1/cdp"),
        ("USMAN_URL", "usman.example.com"),
        ("CRM_AUDITS_RELATION", "audits; drop table audits"),
        ("CRM_TENANT_COLUMN", 'id" or true'),
    ],
    ids=["refused", "torn", "scheme", "mongo", "mongo-torn", "usman", "relation", "column"],
)
def test_an_unusable_value_names_its_variable(sources: Sources, variable: str, url: str) -> None:
    """Whatever is wrong with an address or a name, the message says which to change."""
    assert variable in one_line(sources.extract(**{variable: url}), 1)
    assert not sources.var_dir.exists()


def test_a_mongo_url_without_a_database_is_refused(sources: Sources) -> None:
    """Rule `document`: the database is in the URL."""
    url = urlsplit(sources.mongo_url)._replace(path="/").geturl()
    assert "CDP_MONGO_URL names no database" in one_line(sources.extract(CDP_MONGO_URL=url), 1)


@pytest.mark.parametrize("variable", ["CRM_AUDIT_DATABASE_URL", "CDP_MONGO_URL", "USMAN_PASSWORD"])
def test_a_missing_variable_is_named(sources: Sources, variable: str) -> None:
    """An empty variable is a missing one; there is no default host or secret."""
    assert f"{variable} is not set" in one_line(sources.extract(**{variable: ""}), 1)


def test_an_unknown_account_lists_the_known_ones(sources: Sources) -> None:
    """A wrong account is a wrong call: exit code 2."""
    line = one_line(sources.extract("--account", "demo-smal"), 2)
    assert "demo-small, demo-medium, demo-trouble, demo-gem, demo-other" in line


def test_a_start_that_is_no_date_is_a_wrong_call(sources: Sources) -> None:
    """Exit code 2, with an example of what is right."""
    assert "2024-01-31" in one_line(sources.extract("--date-range-start", "yesterday"), 2)


def test_the_help_names_every_command() -> None:
    """`--help` needs no environment at all."""
    finished = subprocess.run(
        [sys.executable, "-m", "ingest", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "extract" in finished.stdout
    assert "parse" in finished.stdout
