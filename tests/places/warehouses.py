"""A warehouse as the transform leaves it, with rows that a test chooses."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from jinja2 import Template

from ingest.shared import long_texts
from loaders.documents.document import content, without_nulls
from loaders.documents.layout import Encoded, encoded
from tests.places.mart_sources import (
    COMPANY_ID,
    CONTACT_COUNT,
    SSO_ID,
    AuditRow,
    at_minute,
    audit_of,
    land_sources,
    unready_audit,
)

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "dbt_project" / "models"
MACRO = ROOT / "dbt_project" / "macros" / "external_id.sql"
SCHEMAS = {"staging": "stg"}
# The project's own models over the tables below.
VIEWS = (
    "stg_readback__activity_logs",
    "stg_readback__load_failures",
    "stg_readback__source_counts",
    "stg_readback__jobs",
    "stg_readback__field_differences",
    "stg_readback__denied_fields",
    "stg_crm__extracts",
    "int_fields_explained",
    "int_logs_placed",
    "int_logs_claimed",
    "int_logs_judged",
    "int_documents_counted",
    "fidelity_differences",
    "differences_by_kind",
    "drift",
    "drift_by_cause",
    "int_figures_counted",
    "figures",
)

TABLES = """
create schema raw_crm; create schema raw_cdp; create schema raw_usman; create schema stg;
create schema intermediate; create schema marts; create schema readback;
create schema reconciliation;
create table raw_crm.extracts (
    extracted_at timestamp, cutoff timestamp, date_range_start timestamp,
    source_count bigint, max_id bigint, staged_count bigint,
    late_count bigint, changed_count bigint, gone_count bigint);
create table raw_crm.audits (
    id bigint, organization_id bigint, auditable_id bigint, auditable_type varchar,
    associated_id bigint, associated_type varchar, user_id bigint, user_type varchar,
    username varchar, "action" varchar, audited_changes varchar, "version" bigint,
    "comment" varchar, remote_address varchar, request_uuid varchar, created_at timestamp);
create table raw_crm.users (
    id bigint, organization_id bigint, email varchar, full_name varchar, deleted_at timestamp);
create table raw_cdp.contacts (_id varchar, company_sso_id varchar, source_id varchar);
create table raw_cdp.crm_contact_id_map (
    company_sso_id varchar, crm_person_id bigint, customer_id varchar);
create table raw_cdp.erasures (
    company_sso_id varchar, crm_person_id bigint, customer_id varchar);
create table raw_usman.users (email varchar, sso_id varchar, status varchar);
create table marts.audit_outcomes (
    audit_id bigint, company_sso_id varchar, outcome varchar, reason varchar, category varchar,
    action varchar, actor_type varchar, contact_source varchar, parser varchar,
    created_at timestamp);
create table marts.activity_logs (
    audit_id bigint, external_id varchar, company_sso_id varchar, customer_id varchar,
    user_id varchar, source_tag varchar, category varchar, action varchar,
    actor struct("type" varchar, "name" varchar, crm_user_id bigint), changes varchar,
    metadata struct(
        crm_audit_id bigint, auditable_type varchar, auditable_id bigint, associated_type varchar,
        associated_id bigint, crm_person_id bigint, audit_action varchar, "version" bigint,
        "comment" varchar, remote_address varchar, request_uuid varchar, contact_source varchar,
        parser varchar),
    created_at timestamp);
create table readback.expected_hashes (
    audit_id bigint, external_id varchar, row_hash ubigint, content_hash varchar);
create table readback.activity_logs (
    external_id varchar, audit_id bigint, category varchar, action varchar, created_at timestamp,
    stored_hash varchar, actual_hash varchar, expected_hash varchar, job_id varchar,
    written_id varchar);
create table readback.jobs (
    job_id varchar, written_count bigint, last_audit_id bigint, is_same_mapping boolean,
    is_same_reader boolean, is_same_rules boolean, is_same_naming boolean);
create table readback.denied_fields (external_id varchar, field varchar);
create table readback.load_failures (audit_id bigint, reason varchar, message varchar);
create table readback.source_counts (
    counted_at timestamp, source_count bigint, mongo_count bigint);
create table readback.field_differences (
    external_id varchar, field varchar, expected varchar, actual varchar);
create view intermediate.int_accounts_current as
    select '11111111-1111-4111-8111-111111111111' as company_sso_id;
create table readback.sample_differences (
    audit_id bigint, external_id varchar, field varchar, expected varchar, actual varchar);
create view reconciliation.balance as
    select 5 as hop_number, 'loaded' as hop, expected_count, actual_count,
        actual_count - expected_count as difference, actual_count = expected_count as is_closed
    from (select
        (select count(*) from marts.activity_logs) as expected_count,
        (select count(*) from readback.activity_logs)
            + (select count(*) from readback.load_failures) as actual_count);
"""


def mart_row(audit_id: int, **changes: Any) -> dict[str, Any]:
    """A row of `marts.activity_logs`; a test changes what it is about.

    Odd audits are a program's, even ones a user's; each is associated with one of few persons.
    """
    is_odd, contact = bool(audit_id % 2), audit_id % CONTACT_COUNT
    row: dict[str, Any] = {
        "audit_id": audit_id,
        "external_id": f"crm_audit_{audit_id}",
        "company_sso_id": COMPANY_ID,
        "customer_id": f"customer-{contact}",
        "user_id": None if is_odd else SSO_ID,
        "source_tag": "crm_migration",
        "category": "deal",
        "action": "update",
        "actor": {
            "type": "system" if is_odd else "user",
            "name": "Änne",
            "crm_user_id": None if is_odd else 1,
        },
        "changes": json.dumps([{"field": "name", "from": None, "to": f"Deal {audit_id}"}]),
        "metadata": {
            "crm_audit_id": audit_id,
            "auditable_type": "CrmDeal",
            "auditable_id": audit_id,
            "associated_type": "CrmPerson",
            "associated_id": contact + 1,
            "crm_person_id": contact + 1,
            "audit_action": "update",
            "version": 1,
            "comment": None,
            "remote_address": None,
            "request_uuid": None,
            "contact_source": "associated+source_id",
            "parser": "json",
        },
        "created_at": at_minute(audit_id),
    }
    return row | changes


def audits_of(
    logs: Iterable[dict[str, Any]], outcomes: dict[int, tuple[str, str]]
) -> list[AuditRow]:
    """The audits that a mart comes from, by the rules."""
    audits = [audit_of(row) for row in logs]
    template = audit_of(mart_row(1))
    return audits + [unready_audit(template, id_, reason) for id_, (_, reason) in outcomes.items()]


def write_warehouse(
    folder: Path, logs: Iterable[dict[str, Any]], outcomes: dict[int, tuple[str, str]]
) -> Path:
    """Write `staging.duckdb` with documents and with audits that have another outcome.

    Args:
        folder: `var/<account>`; made when absent.
        logs: Rows of `marts.activity_logs`; each gets the outcome `ready`.
        outcomes: `(outcome, reason)` of the other audits by id.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "staging.duckdb"
    path.unlink(missing_ok=True)
    rows = list(logs)
    with duckdb.connect(path) as connection:
        connection.execute(TABLES + long_texts.TABLES)
        for name in VIEWS:
            connection.execute(_view(name))
        _insert_logs(connection, rows)
        _insert_outcomes(connection, rows, outcomes)
        land_sources(connection, audits_of(rows, outcomes))
        total = len(rows) + len(outcomes)
        connection.execute(
            "insert into raw_crm.extracts values (now(), '2020-01-01', null, ?, 0, ?, 0, 0, 0)",
            [total, total],
        )
    return path


def _view(name: str) -> str:
    """The statement that makes a model's view, as dbt would."""
    code = Template(MACRO.read_text() + _model(name).read_text())
    query = code.render(ref=_relation, source="{}.{}".format)
    return f"create view {_relation(name)} as {query}"


def _relation(name: str) -> str:
    layer = _model(name).relative_to(MODELS).parts[0]
    return f"{SCHEMAS.get(layer, layer)}.{name}"


def _model(name: str) -> Path:
    return next(MODELS.rglob(f"{name}.sql"))


def _insert_logs(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        logs = pa.Table.from_pylist(rows)
        connection.register("logs", logs)
        connection.execute("insert into marts.activity_logs by name select * from logs")


def encoded_row(row: dict[str, Any]) -> Encoded:
    """The bytes of one row of `marts.activity_logs`."""
    return encoded(content(without_nulls(row)))


def _insert_outcomes(
    connection: duckdb.DuckDBPyConnection,
    rows: list[dict[str, Any]],
    outcomes: dict[int, tuple[str, str]],
) -> None:
    listed: list[dict[str, Any]] = [
        {"audit_id": row["audit_id"], "outcome": "ready", "reason": None} for row in rows
    ]
    listed += [
        {"audit_id": audit_id, "outcome": outcome, "reason": reason}
        for audit_id, (outcome, reason) in outcomes.items()
    ]
    if listed:
        connection.register("outcomes", pa.Table.from_pylist(listed))
        connection.execute(
            "insert into marts.audit_outcomes by name select *, ? as company_sso_id from outcomes",
            [COMPANY_ID],
        )
