"""Accounts in one lake, by processes at the same time."""

import psycopg
import pytest

from tests.loaders.transform.lake.conftest import ACCOUNTS, Lake


def test_the_lake_asks_for_its_catalog(lake: Lake) -> None:
    """A missing setting is named."""
    done = lake.run("lake", "--account", "demo-small", LAKE_CATALOG_URL="")
    assert (done.returncode, done.stderr) == (
        1,
        "error: LAKE_CATALOG_URL is not set: set it in the environment or .env\n",
    )


def test_a_catalog_that_does_not_answer_is_one_line_without_the_password(lake: Lake) -> None:
    """The error of an unreachable catalog says so, and keeps the secret."""
    url = "postgresql://loader:s3cret@127.0.0.1:1/lake"
    done = lake.run("lake", "--account", "demo-small", LAKE_CATALOG_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the lake's catalog cannot be used: ")
    assert done.stderr.count("\n") == 1
    assert "s3cret" not in done.stderr


def test_an_account_is_published_by_one_process_at_a_time(lake: Lake) -> None:
    """The second process is refused: both would write the same tables."""
    name = "crm_activity_migration lake demo-small"
    with psycopg.connect(lake.servers.env["LAKE_CATALOG_URL"]) as other:
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (name,))
        done = lake.run("lake", "--account", "demo-small")
    assert done.returncode == 1
    assert done.stderr == "error: account demo-small is being published by another process\n"


@pytest.mark.parametrize("account", ACCOUNTS)
def test_two_processes_at_once_give_the_lake_what_the_local_file_has(
    published: Lake, account: str
) -> None:
    """Every table of the marts and the reconciliation is the same, row for row, by count and hash."""
    assert published.differences(account) == {}


def test_one_view_has_the_rows_of_all_accounts(published: Lake) -> None:
    """An analyst asks all accounts at once, and sees which account a row is of."""
    query = "select account, count(*) from lake.marts.audit_outcomes group by all order by all"
    done = published.run("lake-query", query)
    assert done.returncode == 0, done.stderr
    cells = [line.split("│")[1:3] for line in done.stdout.splitlines() if "demo-" in line]
    counts = [(name.strip(), int(count)) for name, count in cells]
    assert counts == [(name, published.outcome_count(name)) for name in sorted(ACCOUNTS)]
    assert all(count > 0 for _, count in counts)


def test_publishing_again_replaces_the_rows(published: Lake) -> None:
    """After a second time the lake has each row once, and no copy of the staging file is left."""
    assert published.publish_at_once("demo-small") == {}
    assert published.differences("demo-small") == {}
    assert not list((published.var_dir / "demo-small" / "lake").glob("staging*"))


@pytest.mark.parametrize(
    "query",
    [
        "drop schema lake.demo_small_marts cascade",
        "copy (select 1) to 'stolen.csv'",
        "select 1; select 2",
        "select content from read_text('/etc/passwd')",
        "set enable_external_access = true",
    ],
)
def test_a_refused_query_is_one_line(published: Lake, query: str) -> None:
    """Who asks the lake reads its tables and no other file, and writes nothing."""
    done = published.run("lake-query", query)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the lake: ")
    assert done.stderr.count("\n") == 1
