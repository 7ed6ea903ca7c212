"""The CRM answers, is not written, and has the agreed columns (rules: source, gates)."""

import pytest

from ingest.probe.crm_access import contract_gate, session_gate
from ingest.probe.gates import Verdict
from ingest.shared.errors import CrmError
from tests.ingest.probe.conftest import Place


def test_a_role_that_only_reads_passes(place: Place) -> None:
    """The session is read-only and the role has no right to write."""
    with place.crm() as crm:
        assert session_gate(crm, place.settings).verdict is Verdict.PASS


def test_a_role_that_can_write_is_a_warning_that_names_the_tables(place: Place) -> None:
    """One column of one table is enough."""
    place.sources.crm("grant update (email) on users to crm_reader")
    try:
        with place.crm() as crm:
            gate = session_gate(crm, place.settings)
    finally:
        place.sources.crm("revoke update (email) on users from crm_reader")
    assert gate.verdict is Verdict.WARN
    assert gate.details == {"writable_relations": ["users"]}
    assert "SELECT on users" in gate.hint


def test_rows_that_a_policy_hides_are_refused_and_not_left_out(place: Place) -> None:
    """Every count of the source would miss them alike, and the sum would close."""
    policy = "create policy half on audits for select to crm_reader using (id % 2 = 0)"
    with place.crm() as crm:
        place.sources.crm("alter table audits enable row level security")
        place.sources.crm(policy)
        try:
            gate = session_gate(crm, place.settings)
            with pytest.raises(CrmError, match="BYPASSRLS"):
                crm.session.rows("select count(*) from audits")
        finally:
            place.sources.crm("drop policy half on audits")
            place.sources.crm("alter table audits disable row level security")
    assert gate.verdict is Verdict.FAIL
    assert "hides rows of audits" in gate.found


def test_an_owner_is_a_role_that_can_write(place: Place) -> None:
    """The role that made the tables is no role for this system."""
    with place.crm(CRM_AUDIT_DATABASE_URL=place.sources.crm_url) as crm:
        gate = session_gate(crm, place.settings)
    assert gate.verdict is Verdict.WARN
    assert gate.details == {"writable_relations": ["audits", "users"]}


def test_no_setting_of_the_session_lets_it_write(place: Place) -> None:
    """What a pool's other client left behind changes nothing: each question says so itself."""
    with place.crm() as crm:
        crm.session.execute("set default_transaction_read_only = off")
        assert crm.session.is_read_only()
        gate = session_gate(crm, place.settings)
    assert gate.verdict is not Verdict.FAIL


def test_a_column_that_would_stop_the_extract_fails(place: Place) -> None:
    """The probe says before the run what the run would say."""
    with place.crm() as crm:
        assert contract_gate(crm, place.settings).verdict is Verdict.PASS
        place.sources.crm("alter table audits rename column comment to remark")
        gate = contract_gate(crm, place.settings)
    assert gate.verdict is Verdict.FAIL
    assert "column comment is missing" in gate.found
