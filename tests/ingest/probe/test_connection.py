"""What lies between us and the CRM is told, and blocks nothing (rules: source, gates)."""

from ingest.probe.connection import connection_gate
from ingest.probe.gates import Verdict
from ingest.settings import SourceSettings
from tests.ingest.probe.conftest import Place
from tests.places.pools import NEEDS_PGBOUNCER, pooled


def test_a_usual_crm_has_nothing_to_tell(place: Place) -> None:
    """Connected directly, in UTF-8, with every column, and times that a timeline can show."""
    with place.crm() as crm:
        gate = connection_gate(crm, place.settings)
    assert (gate.verdict, gate.found) == (Verdict.PASS, "direct, UTF8")


def test_odd_times_are_counted(place: Place) -> None:
    """Null, infinite, and of a year that no document can hold."""
    times = ("null", "'infinity'", "'0044-03-15 BC'")
    place.sources.crm("alter table audits alter created_at drop not null")
    for audit_id, moment in enumerate(times, start=1):
        place.sources.crm(f"update audits set created_at = {moment} where id = {3 * audit_id}")  # noqa: S608
    with place.crm() as crm:
        gate = connection_gate(crm, place.settings)
    count = gate.details["invalid_time_count"]
    assert (gate.verdict, count) == (Verdict.WARN, 3)
    assert gate.hint.startswith("3 audits with a time that is null, infinite or outside")


def test_a_column_that_an_old_gem_lacks_is_named(place: Place) -> None:
    """It is read as null."""
    place.sources.crm("alter table audits drop column request_uuid")
    with place.crm() as crm:
        gate = connection_gate(crm, place.settings)
    assert gate.details["missing_columns"] == ["request_uuid"]
    assert "no such column: request_uuid" in gate.hint


@NEEDS_PGBOUNCER
def test_a_pool_is_told(place: Place) -> None:
    """Whatever its mode."""
    for mode in ("session", "transaction"):
        with pooled(place.sources.crm_url, mode) as url:
            settings = SourceSettings.from_env(place.env | {"CRM_AUDIT_DATABASE_URL": url})
            with place.crm(CRM_AUDIT_DATABASE_URL=url) as crm:
                gate = connection_gate(crm, settings)
        assert gate.found == "through a pool, UTF8"
