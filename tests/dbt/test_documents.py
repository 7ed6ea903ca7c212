"""The bytes that dbt makes are those of the loader's own function, row by row (spec §3)."""

import duckdb

from loaders.encoding import encoded

from .conftest import Built

DOCUMENTS = """
select content_hash, document, byte_count
from marts.activity_log_documents
order by audit_id
"""


def test_every_document_is_the_encoded_row(built: Built) -> None:
    """Neither the way through Arrow nor the order of rows changes a byte."""
    with duckdb.connect(built.staging, read_only=True) as warehouse:
        logs = warehouse.sql("from marts.activity_logs order by audit_id").to_arrow_table()
        found = warehouse.execute(DOCUMENTS).fetchall()
    made = [encoded(row) for row in logs.to_pylist()]
    assert found == [(each.content_hash, each.document, len(each.document)) for each in made]
    assert len(found) > 1_000
