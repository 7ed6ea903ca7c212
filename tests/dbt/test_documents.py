"""The bytes that dbt makes are those of the loader's own function, row by row (spec §3)."""

import duckdb

from loaders.dbt_functions import ROWS_AT_HOME, register
from tests.dbt.conftest import Built
from tests.places.warehouses import encoded_row

DOCUMENTS = """
select content_hash, document, byte_count
from marts.activity_log_documents
order by audit_id
"""
MANY_TIMES = """
with encoded_rows as (
    select
        audit_id,
        encoded_document(struct_pack(
            company_sso_id := company_sso_id, external_id := external_id,
            source_tag := source_tag, customer_id := customer_id, category := category,
            action := action, user_id := user_id, actor := actor, changes := changes,
            created_at := created_at, metadata := metadata
        )) as made
    from marts.activity_logs, range(?)
)
select count(*), count(distinct (documents.audit_id, made))
from encoded_rows
inner join marts.activity_log_documents as documents
    on encoded_rows.audit_id = documents.audit_id
    and made.document = documents.document
    and made.content_hash = documents.content_hash
"""


def test_every_document_is_the_encoded_row(built: Built) -> None:
    """Neither the way through Arrow nor the order of rows changes a byte."""
    with duckdb.connect(built.staging, read_only=True) as warehouse:
        logs = warehouse.sql("from marts.activity_logs order by audit_id").to_arrow_table()
        found = warehouse.execute(DOCUMENTS).fetchall()
    made = [encoded_row(row) for row in logs.to_pylist()]
    assert found == [(each.content_hash, each.document, len(each.document)) for each in made]
    assert len(found) > 1_000


def test_processes_give_the_same_as_one(built: Built) -> None:
    """So many rows that most of them are encoded by other processes, each to the same bytes."""
    with duckdb.connect(built.staging, read_only=True) as warehouse:
        register(warehouse)
        [(count,)] = warehouse.execute("select count(*) from marts.activity_logs").fetchall()
        times = 3 * ROWS_AT_HOME // count
        assert warehouse.execute(MANY_TIMES, [times]).fetchall() == [(times * count, count)]
