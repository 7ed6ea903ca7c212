"""An extract: what lands, what a second one does, and what stops it."""

from datetime import datetime

import duckdb
import pytest

from tests.places.crm_sources import COMPANY, Sources


def test_what_is_staged_equals_the_source(sources: Sources) -> None:
    """Rows land unchanged, with the agreed types, and the extract says how many."""
    finished = sources.extract()
    assert finished.returncode == 0, finished.stderr
    assert sources.differences() == 0
    types = dict(
        sources.staged(
            "select column_name, data_type from information_schema.columns "
            "where table_schema = 'raw_crm' and table_name = 'audits'"
        )
    )
    assert types["created_at"] == "TIMESTAMP"
    assert types["version"] == "BIGINT"
    assert types["id"] == "BIGINT"
    assert sources.staged(
        "select source_count, staged_count, max_id, cutoff, date_range_start from raw_crm.extracts"
    ) == [(200, 200, 300, datetime(2020, 1, 1, 1, 0, 0, 1), None)]


def test_dlt_obeys_nobody_else(sources: Sources) -> None:
    """A variable of dlt's in somebody's shell changes nothing: it would add a column here."""
    theirs = {"NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true", "LOAD__WORKERS": "none"}
    finished = sources.extract(**theirs)
    assert finished.returncode == 0, finished.stderr
    columns = sources.staged("select column_name from (describe raw_crm.audits)")
    assert ("_dlt_load_id",) not in columns


def test_every_table_lands_even_without_rows(sources: Sources) -> None:
    """An empty account has all tables with their columns, so that dbt can build on them."""
    sources.crm("truncate audits, users")
    assert sources.extract().returncode == 0
    tables = sources.staged(
        "select table_schema || '.' || table_name, count(*) from information_schema.columns "
        r"where table_name not like '\_dlt%' escape '\' group by 1 order by 1"
    )
    assert tables == [
        ("raw_cdp.contacts", 4),
        ("raw_cdp.crm_contact_id_map", 3),
        ("raw_cdp.erasures", 3),
        ("raw_crm.accounts", 1),
        ("raw_crm.audit_changes", 6),
        ("raw_crm.audit_counts", 5),
        ("raw_crm.audits", 16),
        ("raw_crm.extracts", 9),
        ("raw_crm.gone_audits", 2),
        ("raw_crm.long_comments", 2),
        ("raw_crm.long_texts", 5),
        ("raw_crm.long_values", 5),
        ("raw_crm.users", 5),
        ("raw_usman.lookups", 2),
        ("raw_usman.users", 3),
    ]


def test_a_second_extract_lands_nothing_new(sources: Sources) -> None:
    """Run, count, run again: the same counts, and USMAN is not asked again."""
    assert sources.extract().returncode == 0
    calls = len(sources.usman.asked)
    second = sources.extract()
    assert "200 audits staged, 0 of them new" in second.stdout
    assert sources.differences() == 0
    assert len(sources.usman.asked) == calls
    assert sources.staged("select count(*), count(distinct email) from raw_usman.users") == [(6, 6)]


def test_new_audits_are_the_only_ones_that_a_later_extract_fetches(sources: Sources) -> None:
    """The transition window: what was staged stays, what is new comes."""
    sources.extract()
    sources.add_audits(301, 330)
    second = sources.extract()
    assert "220 audits staged, 20 of them new" in second.stdout
    assert "(0 late, 0 changed, 0 gone" in second.stdout
    assert sources.differences() == 0


def test_the_start_of_the_range_bounds_the_scope(sources: Sources) -> None:
    """Older audits are counted as out of scope and not staged; a later, wider run stages them."""
    sources.extract("--date-range-start", "2020-01-08T00:00:00+01:00")
    in_range = sources.crm_rows(
        "select count(*) from audits "
        "where auditable_type <> 'User' and created_at >= '2020-01-07 23:00:00'"
    )
    assert sources.staged("select count(*) from raw_crm.audits") == in_range
    counted = sources.staged(
        "select sum(audit_count)::bigint, "
        "sum(audit_count) filter (where is_in_scope)::bigint from raw_crm.audit_counts"
    )
    assert counted == [(300, in_range[0][0])]
    sources.extract()
    assert sources.differences() == 0


def test_an_audit_without_a_time_is_not_lost(sources: Sources) -> None:
    """Null and infinite times are in scope: the transform fails them by name."""
    sources.crm("update audits set created_at = null where id = 1")
    sources.crm("update audits set created_at = 'infinity' where id = 4")
    sources.crm("update audits set created_at = '-infinity' where id = 7")
    assert sources.extract().returncode == 0
    staged = sources.staged("select id from raw_crm.audits where created_at is null order by id")
    assert staged == [(1,), (4,), (7,)]


def test_users_of_another_organization_land_when_they_acted(sources: Sources) -> None:
    """Users 1 to 4 are the organization's, 5 and 6 acted, 7 to 20 did neither."""
    sources.extract()
    assert sources.staged("select id from raw_crm.users order by id") == [
        (number,) for number in range(1, 7)
    ]


def test_only_the_account_s_own_contacts_land(sources: Sources) -> None:
    """Every query of the CDP carries the company; ids become strings."""
    sources.cdp(
        "contacts",
        [
            {"_id": "c1", "company_sso_id": COMPANY, "source_id": "12", "name": "A"},
            {"_id": "c2", "company_sso_id": COMPANY, "source_id": 13, "tags": ["x"]},
            {"_id": "c3", "company_sso_id": "another", "source_id": "12"},
        ],
    )
    sources.cdp(
        "crm_contact_id_map",
        [
            {"company_sso_id": COMPANY, "crm_person_id": 7, "customer_id": "c1"},
            {"company_sso_id": "another", "crm_person_id": 8, "customer_id": "c3"},
        ],
    )
    assert sources.extract().returncode == 0
    assert sources.staged("select _id, source_id, name from raw_cdp.contacts order by _id") == [
        ("c1", "12", "A"),
        ("c2", "13", None),
    ]
    assert sources.staged("select crm_person_id, customer_id from raw_cdp.crm_contact_id_map") == [
        (7, "c1")
    ]


def test_json_changes_land_as_their_text(sources: Sources) -> None:
    """A jsonb column is an agreed type too, and its text is compared like any."""
    sources.crm(
        "alter table audits alter audited_changes type jsonb "
        "using jsonb_build_object('name', audited_changes)"
    )
    finished = sources.extract()
    assert "(0 late, 0 changed, 0 gone" in finished.stdout
    staged = sources.staged("select audited_changes from raw_crm.audits where id = 1")
    assert staged == sources.crm_rows("select audited_changes::text from audits where id = 1")


def test_without_a_tenant_column_the_whole_database_is_the_account_s(sources: Sources) -> None:
    """Rule `source`: an empty CRM_TENANT_COLUMN; the organization comes from the seed."""
    sources.crm("alter table audits drop organization_id; alter table users drop organization_id")
    assert sources.extract(CRM_TENANT_COLUMN="").returncode == 0
    assert sources.staged("select distinct organization_id from raw_crm.audits") == [(101,)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("alter table audits rename version to revision", "column version is missing"),
        ("alter table audits add severity int", "column severity is new"),
        ("alter table audits alter version type text", "column version is text, not int8"),
        ("alter table users drop email", "column email is missing"),
        ("drop table users", "there is no such relation"),
    ],
    ids=["renamed", "new", "retyped", "users-dropped", "no-relation"],
)
def test_a_broken_contract_stops_before_anything_lands(
    sources: Sources, change: str, message: str
) -> None:
    """Rule `extract`: one clear line, exit code 1, no warehouse."""
    sources.crm(change)
    finished = sources.extract()
    assert finished.returncode == 1
    assert message in finished.stderr
    assert finished.stderr.count("\n") == 1
    assert not sources.var_dir.exists()


def test_a_warehouse_that_another_process_uses_is_one_clear_line(sources: Sources) -> None:
    """DuckDB lets one writing process in; the second is told so."""
    (sources.var_dir / "demo-small").mkdir(parents=True)
    with duckdb.connect(sources.var_dir / "demo-small" / "staging.duckdb"):
        finished = sources.extract()
    assert finished.returncode == 1
    assert finished.stderr.startswith("error: cannot use the warehouse")
    assert finished.stderr.count("\n") == 1
