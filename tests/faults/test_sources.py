"""Sources that fail or change while they are read (rules: usman, extract)."""

import subprocess
import time

import duckdb
import psycopg
import pytest

from tests.faults.comparing import damage
from tests.faults.score import Score
from tests.faults.undisturbed import STAGES, Undisturbed
from tests.places.copies import Done, Place
from tests.places.crm_sources import Reply, known, usman_server

USMAN_FAULTS: dict[str, tuple[Reply, str]] = {
    "429": (lambda _: (429, b""), "status 429"),
    "500": (lambda _: (500, b"oops"), "status 500"),
    "no JSON": (lambda _: (200, b"<html>"), "answer is not"),
    "other JSON": (lambda _: (200, b'{"users": {"a": 1}}'), "answer is not"),
}
SOURCE_TABLES = "select table_schema || '.' || table_name from information_schema.tables where "
SOURCE_TABLES += "table_schema in ('raw_crm', 'raw_cdp', 'raw_usman') and table_name in "
SOURCE_TABLES += "('audits', 'users', 'audit_counts', 'contacts', 'crm_contact_id_map', 'lookups')"
OURS = "from pg_stat_activity where application_name = 'crm_activity_migration' and datname = %s"
SESSIONS = f"select pid {OURS}"
CUT = f"select pg_terminate_backend(pid) {OURS}"
LATE_S = 11  # the client waits 10 s
CUTS_S = (0.0, 0.2, 0.6, 1.2)


def staged(place: Place) -> dict[str, str]:
    """Return a hash of every staged table, whatever the order of its rows and dlt's own columns."""
    with duckdb.connect(place.folder / "staging.duckdb", read_only=True) as warehouse:
        names = sorted(name for (name,) in warehouse.execute(SOURCE_TABLES).fetchall())
        return {name: _hash(warehouse, name) for name in names}


def _hash(warehouse: duckdb.DuckDBPyConnection, table: str) -> str:
    columns = r"columns(lambda name: not starts_with(name, '_dlt'))"
    rows = f"select md5(struct_pack({columns})::varchar) as digest from {table}"  # noqa: S608
    query = f"select count(*) || ' ' || md5(string_agg(digest, '' order by digest)) from ({rows})"  # noqa: S608
    return str(warehouse.execute(query).fetchall()[0][0])


def cut_after(place: Place, moment_s: float, extract: "subprocess.Popen[str]") -> bool:
    """Cut the extract's session some time after it was opened; say whether there was one."""
    with psycopg.connect(place.env["CRM_DEMO_ADMIN_URL"], autocommit=True) as admin:
        while extract.poll() is None and not admin.execute(SESSIONS, [place.name]).fetchall():
            time.sleep(0.002)
        time.sleep(moment_s)
        return bool(admin.execute(CUT, [place.name]).fetchall())


def assert_stopped(done: Done, *words: str) -> None:
    """It ended with 1 and one line that names the fault."""
    assert done.returncode == 1, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0]


def test_a_faulty_usman_stops_the_run_before_loading(
    small: Undisturbed, untouched: Place, score: Score
) -> None:
    """Whatever it answers nothing is loaded; with the true one the extract ends as undisturbed."""
    with usman_server() as usman:
        for fault, (reply, message) in USMAN_FAULTS.items():
            usman.replies = [reply]
            stopped = untouched.run(*STAGES["migrate"], USMAN_URL=usman.url)
            assert_stopped(stopped, "USMAN", message)
            assert damage(small.empty, untouched.documents()).is_none
            assert untouched.job()["status"] == "failed"
            score.told(f"USMAN answers {fault}", "stops before loading, goes on later")
    untouched.done(*STAGES["ingest"])
    assert staged(untouched) == staged(small.before["transform"])


@pytest.mark.long
def test_a_usman_that_answers_late_is_asked_again(untouched: Place, score: Score) -> None:
    """Its first answer comes when the client's patience is over."""

    def late(query: dict[str, str]) -> tuple[int, bytes]:
        time.sleep(LATE_S)
        return known(query)

    with usman_server() as usman:
        usman.replies = [late, known]
        untouched.done(*STAGES["ingest"], USMAN_URL=usman.url)
        assert len(usman.asked) == 2
    score.told("USMAN answers late", "asked again")


def test_a_connection_cut_by_postgresql_is_named_and_gone_on_after(
    small: Undisturbed, untouched: Place, score: Score
) -> None:
    """Cut at several moments of the extract; the next one ends with the source's rows."""
    expected = staged(small.before["transform"])
    stops = 0
    for moment in CUTS_S:
        with untouched.start(*STAGES["ingest"]) as extract:
            is_cut = cut_after(untouched, moment, extract)
            _, errors = extract.communicate()
        if is_cut and extract.returncode:
            assert_stopped(Done([], extract.returncode, "", errors), "CRM_AUDIT_DATABASE_URL")
            score.told("PostgreSQL cuts the extract", "one clear error, goes on later")
            stops += 1
        elif is_cut:  # after its last query
            assert staged(untouched) == expected
    assert stops
    untouched.done(*STAGES["ingest"])
    assert staged(untouched) == expected
