"""The CRM as other people run it: pools, encodings, odd times, types, names, passing faults."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest

from ingest.demo.servers.programs import free_port
from ingest.probe.connection import connection_gate
from ingest.settings import SourceSettings
from ingest.shared.crm_faults import describe_fault
from ingest.shared.seeds import find_account
from ingest.shared.settings import Settings
from ingest.sources.crm import Crm
from loaders.verify.source_count import crm_session, source_count
from tests.places.crm_sources import ROOT, TABLES, Sources
from tests.places.pools import NEEDS_PGBOUNCER, pooled

# Bytes that are not UTF-8: in a text, two columns beside it, a type out of scope, and a user.
SPOILT = r"""
    update audits set audited_changes = E'---\nname: secret \351\n' where id = 2;
    update audits set comment = E'secret \351', username = E'secret \377' where id = 3;
    insert into audits (id, organization_id, auditable_type) values (4, 101, E'secret\351');
    insert into users (id, organization_id, email, full_name) values (1, 101, E'\351', E'\351');
"""
ORGANIZATIONS = {"demo-small": 101, "demo-medium": 102, "demo-trouble": 103}
IGNORING = "ignore_startup_parameters = extra_float_digits,options"
LEFT_BEHIND = """
    select current_setting('default_transaction_read_only'), current_setting('TimeZone'),
    current_setting('statement_timeout'),
    (select count(*) from pg_prepared_statements), txid_current_if_assigned()
"""


def extract(sources: Sources, account: str, url: str, **more: str) -> "subprocess.Popen[str]":
    """Start an extract of an account through a URL."""
    command = [*sources.command()[:-1], account]
    env = os.environ | sources.env | {"CRM_AUDIT_DATABASE_URL": url} | more
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def staged(var_dir: Path, account: str, query: str) -> list[tuple[object, ...]]:
    """Ask an account's file."""
    path = var_dir / account / "staging.duckdb"
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(query).fetchall()


@NEEDS_PGBOUNCER
@pytest.mark.parametrize(("mode", "more"), [("session", ""), ("transaction", IGNORING)])
def test_accounts_at_once_through_one_pooled_connection(
    sources: Sources, mode: str, more: str
) -> None:
    """Each stages its own rows and no other's, and leaves nothing to the pool's next client."""
    sources.crm("update audits set organization_id = 101 + mod(id / 3, 3)")
    with psycopg.connect(sources.crm_url) as before:
        fresh = before.execute(LEFT_BEHIND).fetchone()
    with pooled(sources.crm_url, mode, more) as url:
        running = {account: extract(sources, account, url) for account in ORGANIZATIONS}
        for account, process in running.items():
            output, _ = process.communicate(timeout=300)
            assert process.returncode == 0, f"{account}: {output}"
        with psycopg.connect(url, prepare_threshold=None) as after:
            assert after.execute(LEFT_BEHIND).fetchone() == fresh
    for account, organization in ORGANIZATIONS.items():
        counted = sources.crm_rows(  # noqa: RUF100, S608
            f"select count(*) from audits where organization_id = {organization} "  # noqa: S608
            "and auditable_type in ('CrmDeal', 'CrmPerson')"
        )
        found = staged(
            sources.var_dir,
            account,
            "select organization_id, count(*) from raw_crm.audits group by 1",
        )
        assert found == [(organization, counted[0][0])]


@pytest.fixture(
    params=[("LATIN1", "é"), ("WIN1251", "Ж"), ("EUC_JP", "日"), ("SQL_ASCII", "é")],
    ids=lambda p: p[0],
)
def encoded(sources: Sources, request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """A CRM in another encoding: its name, a letter, its URL."""
    name, letter = request.param
    database = f"{urlsplit(sources.crm_url).path[1:]}_{name.lower()}"
    url = urlsplit(sources.crm_url)._replace(path=f"/{database}").geturl()
    with psycopg.connect(sources.crm_url, autocommit=True) as admin:
        admin.execute(
            f"create database {database} template template0 encoding '{name}' "
            "lc_collate 'C' lc_ctype 'C'".encode()
        )
        with psycopg.connect(url, client_encoding="UTF8") as crm:
            crm.execute(TABLES)
            crm.execute(
                "insert into audits select number, 101, 1, 'CrmDeal', null, null, null, null, null,"
                " 'create', %s, 1, null, null, null, timestamp '2020-01-01' "
                "from generate_series(1, 3) as number",
                (f'---\nname: "{letter}"\n',),
            )
            if name == "SQL_ASCII":
                crm.execute(SPOILT)
        yield name, letter, url
        admin.execute(f"drop database {database} with (force)".encode())


def test_texts_are_utf8_whatever_the_servers_encoding(
    sources: Sources, encoded: tuple[str, str, str]
) -> None:
    """What has no encoding fails alone, its text is not told; the second derivation reads the same."""
    name, letter, url = encoded
    process = extract(sources, "demo-small", url)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "secret" not in output
    assert "0 changed" in output
    values = staged(
        sources.var_dir,
        "demo-small",
        "select audit_id, value->>'name', error from raw_crm.audit_changes order by audit_id",
    )
    wrong = (2, None, "the text is not UTF-8") if name == "SQL_ASCII" else (2, letter, None)
    assert values == [(1, letter, None), wrong, (3, letter, None)]
    query = "select audited_changes, comment, username from {}audits where id < 4 order by id"
    settings = SourceSettings.from_env(sources.env | {"CRM_AUDIT_DATABASE_URL": url})
    with Crm.opened(settings, find_account("demo-small"), ("CrmDeal",)) as crm:
        crm.cutoff(None)
        told = connection_gate(crm, settings).details
    assert told["invalid_text_count"] == (2 if name == "SQL_ASCII" else 0)
    with crm_session(settings) as session:
        read_again = session.execute(query.format("").encode()).fetchall()
    assert read_again == staged(sources.var_dir, "demo-small", query.format("raw_crm."))
    users = staged(sources.var_dir, "demo-small", "select email, full_name from raw_crm.users")
    assert set(users) <= {(None, None)}


@pytest.mark.parametrize(
    "moment",
    ["null", "'infinity'", "'-infinity'", "'0044-03-15 BC'", "'10000-01-01'", "'294276-12-31'"],
)
def test_an_impossible_time_is_staged_as_none(sources: Sources, moment: str) -> None:
    """It is in scope, whatever the start, lands as null, and both sides agree."""
    sources.crm(f"update audits set created_at = {moment} where id = 6")  # noqa: S608
    done = sources.extract("--date-range-start", "2020-01-02")
    assert done.returncode == 0, done.stderr
    assert "0 late, 0 changed, 0 gone" in done.stdout
    assert sources.staged("select created_at from raw_crm.audits where id = 6") == [(None,)]


def test_harmless_types_are_taken_and_old_gems_columns_may_be_missing(sources: Sources) -> None:
    """What PostgreSQL casts without loss lands as it is read; what is not there is null."""
    sources.crm("create extension if not exists citext")
    sources.crm("create domain label as varchar; create type verb as enum ('create', 'update')")
    sources.crm(
        "alter table audits alter remote_address type inet using remote_address::inet, "
        "alter request_uuid type uuid using '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid, "
        "alter username type citext, alter auditable_type type label, "
        "alter action type verb using action::verb, alter auditable_id type integer, alter version type bigint, "
        "alter created_at type timestamptz using created_at at time zone 'Asia/Jakarta', "
        "drop comment, drop associated_id, drop associated_type"
    )
    sources.crm("update audits set version = 2 ^ 40 where id = 3")
    sources.crm("alter table users alter email type citext, alter deleted_at type date")
    sources.crm("alter role current_user set timezone = 'Asia/Jakarta'")
    done = sources.extract()
    sources.crm("alter role current_user reset timezone")
    assert done.returncode == 0, done.stderr
    [row] = sources.staged(
        "select remote_address, request_uuid, comment, associated_type, version, created_at::varchar "
        "from raw_crm.audits where id = 3"
    )
    uuid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    assert row == ("10.0.0.1", uuid, None, None, 2**40, "2019-12-31 20:00:00.000001")


def test_an_id_that_is_no_integer_is_refused_by_name(sources: Sources) -> None:
    """And the line says what to offer instead."""
    sources.crm("alter table audits alter auditable_id type uuid using gen_random_uuid()")
    done = sources.extract()
    assert done.returncode == 1
    assert "column auditable_id is uuid, not int8" in done.stderr
    assert "offer a view" in done.stderr


@pytest.mark.parametrize(
    ("schema", "relation", "setting"),
    [
        ("my-company", "audits", "my-company.audits"),
        ("my-company", "audits", '"my-company"."audits"'),
        ("a.b", 'od"d%s', '"a.b"."od""d%s"'),
    ],
)
def test_a_relation_may_have_any_name(
    sources: Sources, schema: str, relation: str, setting: str
) -> None:
    """Quoted or not, with what would otherwise end a name."""
    quoted = ".".join('"' + name.replace('"', '""') + '"' for name in (schema, relation))
    sources.crm(f'create schema "{schema}"')
    sources.crm(f"create view {quoted} as select * from audits")  # noqa: S608
    done = sources.extract(CRM_AUDITS_RELATION=setting)
    assert done.returncode == 0, done.stderr
    assert sources.differences() == 0
    settings = Settings.from_env(sources.env | {"CRM_AUDITS_RELATION": setting})
    assert source_count(settings, find_account("demo-small"), ("CrmDeal",), None) == 0


@NEEDS_PGBOUNCER
def test_a_fault_that_passes_is_waited_for(sources: Sources) -> None:
    """Nobody listens for some seconds: the extract says so, waits, and ends whole."""
    port = free_port()
    parts = urlsplit(sources.crm_url)
    url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()
    waiting = extract(sources, "demo-small", url, RETRY_MINUTES="2")
    time.sleep(6)
    with pooled(sources.crm_url, "session", port=port):
        output, _ = waiting.communicate(timeout=200)
    assert waiting.returncode == 0, output
    assert "the connection is refused; check CRM_AUDIT_DATABASE_URL; trying again in" in output
    assert sources.differences() == 0


def test_a_terminated_backend_costs_time_and_nothing_else(sources: Sources) -> None:
    """Every connection is ended some times while it copies; staging equals the source."""
    sources.add_audits(301, 60_000)
    process = extract(sources, "demo-small", sources.crm_url)
    killed = 0
    with psycopg.connect(sources.crm_url, autocommit=True) as admin:
        while process.poll() is None and killed < 3:
            time.sleep(0.5)
            killed += len(
                admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where application_name = 'crm_activity_migration'"
                ).fetchall()
            )
    output, _ = process.communicate(timeout=300)
    assert killed
    if process.returncode == 1:  # RETRY_MINUTES is 0 here: the next call goes on
        assert "closed the connection" in output or "connection is lost" in output, output
        assert sources.extract(RETRY_MINUTES="2").returncode == 0
    assert sources.differences() == 0


@pytest.mark.parametrize(
    ("code", "text", "said", "is_passing"),
    [
        (
            "22003",
            "ERROR: bigint out of range . SQLSTATE: 22003",
            "NumericValueOutOfRange (22003)",
            False,
        ),
        (
            "22P02",
            'ERROR: invalid input syntax for type bigint: "hunter2"',
            "InvalidTextRepresentation (22P02)",
            False,
        ),
        (
            "57P01",
            "FATAL: terminating connection due to administrator command",
            "it closed the connection",
            True,
        ),
        (
            "40001",
            "ERROR: conflict with recovery DETAIL: row hunter2",
            "SerializationFailure (40001)",
            True,
        ),
        (
            "57014",
            "ERROR: canceling statement due to statement timeout CONTEXT: COPY hunter2",
            "canceling statement due to statement timeout (57014)",
            True,
        ),
        (
            "42P01",
            'ERROR: relation "audits" does not exist LINE 1: select',
            'relation "audits" does not exist (42P01)',
            False,
        ),
        (
            None,
            "FATAL: not allowed in statement pooling mode server closed the connection unexpectedly",
            "its pool takes no transactions: session or transaction is needed",
            False,
        ),
        (
            None,
            'could not translate host name "nowhere" to address',
            "its host's name cannot be resolved (DNS)",
            True,
        ),
        (
            None,
            'FATAL: password authentication failed for user "x"',
            "it refuses the user or password",
            False,
        ),
    ],
)
def test_a_fault_is_told_without_a_value(
    code: str | None, text: str, said: str, is_passing: bool
) -> None:
    """By its name; what is about names alone in the server's words."""
    assert describe_fault(code, text) == (said, is_passing)


def test_a_server_that_hangs_is_given_up(sources: Sources) -> None:
    """SIGSTOP of the backend: the extract ends, says so, and the next one goes on and ends whole."""
    sources.crm(
        "create function wait(bigint) returns bigint language sql as "
        "'select $1 from pg_sleep(case when $1 = 1 then 3 else 0 end)'"
    )
    sources.crm("create schema slow")
    columns = ", ".join(
        row[0]
        for row in sources.crm_rows(
            "select column_name from information_schema.columns "
            "where table_name = 'audits' and column_name <> 'id' order by ordinal_position"
        )
    )
    sources.crm(f"create view slow.audits as select wait(id) as id, {columns} from audits")  # noqa: S608
    hanging = extract(
        sources,
        "demo-small",
        sources.crm_url,
        CRM_AUDITS_RELATION="slow.audits",
        CRM_STATEMENT_SECONDS="5",
    )
    pid = asleep(sources)
    os.kill(pid, signal.SIGSTOP)
    try:
        output, _ = hanging.communicate(timeout=60)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert hanging.returncode == 1, output
    assert output.rstrip().endswith("does not answer any more; run it again, it goes on")
    assert sources.extract().returncode == 0
    assert sources.differences() == 0


def asleep(sources: Sources) -> int:
    """Return the process of the server that sleeps, once one does."""
    query = "select pid from pg_stat_activity where wait_event = 'PgSleep'"
    deadline = time.monotonic() + 60
    while not (found := sources.crm_rows(query)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(found[0][0])
