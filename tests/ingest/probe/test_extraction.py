"""The extract's query and the CRM's indexes (rule: gates); a small table stands for a large one."""

import pytest

from ingest.probe.extraction import extraction_gate
from ingest.probe.gates import Gate, Verdict
from ingest.settings import SourceSettings
from tests.ingest.probe.conftest import Place

DROP_INDEX = "drop index audits_organization_id_id_idx"
FEW = 100


def gate_of(place: Place, many_rows: int = FEW, **changes: str) -> Gate:
    """Ask the gate, with so many rows a table is large."""
    with place.crm(**changes) as crm:
        settings = SourceSettings.from_env(place.env | changes)
        return extraction_gate(crm, settings, many_rows=many_rows)


def add_other_accounts(place: Place) -> None:
    """Make the account a small part of the table, so that an index pays."""
    place.sources.crm(
        "insert into audits (id, organization_id, auditable_type, created_at) "
        "select number, 900, 'CrmDeal', '2024-01-01' from generate_series(1001, 30000) as number"
    )
    place.sources.crm("delete from audits where organization_id = 101 and id > 60")
    place.sources.crm("analyze audits")


def test_a_page_read_by_an_index_passes(place: Place) -> None:
    """Other accounts' audits are not touched."""
    add_other_accounts(place)
    gate = gate_of(place)
    assert gate.verdict is Verdict.PASS
    assert "Scan of audits, 40 rows read" in gate.found
    assert gate.details["plan"]["Node Type"] == "Limit"


def test_a_scan_of_a_large_table_fails_with_the_index_to_ask_for(place: Place) -> None:
    """The statement is exact: run as it stands, it makes the gate pass."""
    place.sources.crm(f"{DROP_INDEX}; alter table audits drop constraint audits_pkey")
    add_other_accounts(place)
    gate = gate_of(place)
    assert gate.verdict is Verdict.FAIL
    assert "Seq Scan of audits" in gate.found
    [statement] = gate.details["remedies"]
    assert statement == (
        'CREATE INDEX CONCURRENTLY "audits_organization_id_id" ON "audits" '
        '("organization_id", "id");'
    )
    assert statement in gate.hint
    place.sources.crm(statement.replace("CONCURRENTLY ", ""))
    assert gate_of(place).verdict is Verdict.PASS


def test_a_scan_of_a_small_table_passes(place: Place) -> None:
    """PostgreSQL is right to scan what is small."""
    place.sources.crm(f"{DROP_INDEX}; alter table audits drop constraint audits_pkey")
    add_other_accounts(place)
    gate = gate_of(place, many_rows=1_000_000)
    assert gate.verdict is Verdict.PASS
    assert "Seq Scan" in gate.found


def test_an_index_that_reads_every_account_is_a_warning(place: Place) -> None:
    """By the primary key alone the whole extract reads the table once, not once a page."""
    place.sources.crm(DROP_INDEX)
    add_other_accounts(place)
    place.sources.crm("alter role crm_reader set enable_seqscan = off")
    try:
        gate = gate_of(place)
    finally:
        place.sources.crm("alter role crm_reader reset enable_seqscan")
    assert gate.verdict is Verdict.WARN
    assert "Index Scan of audits" in gate.found
    assert 'ON "audits" ("organization_id", "id");' in gate.hint


def test_a_views_index_is_one_of_its_table(place: Place) -> None:
    """The configured relation is a view: the statement names the table behind it."""
    place.sources.crm(f"{DROP_INDEX}; alter table audits drop constraint audits_pkey")
    add_other_accounts(place)
    place.sources.crm("create view crm_audits as select * from audits")
    place.sources.crm("grant select on crm_audits to crm_reader")
    gate = gate_of(place, CRM_AUDITS_RELATION="public.crm_audits")
    assert gate.verdict is Verdict.FAIL
    assert 'ON "public"."audits" ("organization_id", "id");' in gate.hint


def test_a_view_that_joins_the_tenant_in_says_what_to_index(place: Place) -> None:
    """No column of the table can be named; the sentence says which one to look for."""
    place.sources.crm(f"{DROP_INDEX}; alter table audits drop constraint audits_pkey")
    add_other_accounts(place)
    place.sources.crm("alter table audits rename column organization_id to owner_id")
    columns = "id, auditable_id, auditable_type, associated_id, associated_type, user_id"
    columns += ", user_type, username, action, audited_changes, version, comment"
    columns += ", remote_address, request_uuid, created_at"
    place.sources.crm(
        "create table organizations as select 101::bigint as organization_id; "  # noqa: S608
        f"create view crm_audits as select {columns}, organization_id from audits "
        "inner join organizations on owner_id = organization_id; "
        "grant select on crm_audits to crm_reader"
    )
    gate = gate_of(place, CRM_AUDITS_RELATION="crm_audits")
    assert gate.verdict is Verdict.FAIL
    assert 'joins "public"."audits" by' in gate.hint
    assert "CREATE INDEX" not in gate.hint


@pytest.mark.parametrize(
    ("column", "keys"), [("tenant", '("tenant", "id")'), ("", '("id")')], ids=["named", "none"]
)
def test_the_statement_has_the_configured_tenant(place: Place, column: str, keys: str) -> None:
    """The column's name is the setting's; a database of one account needs only the id."""
    place.sources.crm(f"{DROP_INDEX}; alter table audits drop constraint audits_pkey")
    place.sources.crm("alter table audits rename column organization_id to tenant")
    gate = gate_of(place, CRM_TENANT_COLUMN=column)
    assert gate.verdict is Verdict.FAIL
    assert f'ON "audits" {keys};' in gate.hint
