"""What a load does with each document, decided in SQL before the first is written (spec §9).

What MongoDB already has is taken out here, all at once, so that the rest is simply inserted.
"""

from collections import deque
from collections.abc import Iterator, Sequence

import pyarrow as pa

from loaders.documents.document import ID_BYTES, MAX_BYTES
from loaders.load.collection import CONFLICT, ActivityLogs
from loaders.transform.warehouse import DOCUMENTS, Warehouse

PRESENT = "readback.present"
PRESENT_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("external_id", "content_hash", "job_id")]
)
PLAN = f"""
create or replace table readback.load_plan as
select
    documents.audit_id,
    case
        when present.external_id is null and documents.byte_count > {MAX_BYTES - ID_BYTES}
            then 'failed'
        when present.external_id is null then 'insert'
        when present.content_hash is distinct from documents.content_hash then 'failed'
        when present.job_id = ? then 'migrated'
        else 'already_present'
    end as outcome,
    case
        when outcome = 'failed' and present.external_id is null then 'document_too_large'
        when outcome = 'failed' then 'content_conflict'
    end as reason
from {DOCUMENTS} as documents
left join {PRESENT} as present using (external_id)
where documents.audit_id > ?
"""  # noqa: S608
FAILURES = """
insert into readback.load_failures by name
select audit_id, reason, if(reason = 'content_conflict', ?, ?) as message
from readback.load_plan
where outcome = 'failed' and audit_id > ? and audit_id <= ?
"""
PAGE_ROWS = 20_000
PAGE_ENDS = f"""
select audit_id from (
    select audit_id, row_number() over (order by audit_id) as place
    from readback.load_plan where outcome = 'insert')
where place % {PAGE_ROWS} = 0
order by audit_id
"""  # noqa: S608
PAGE = f"""
select audit_id, document
from {DOCUMENTS}
semi join (from readback.load_plan where outcome = 'insert') using (audit_id)
where audit_id > ? and audit_id <= ?
order by audit_id
"""  # noqa: S608
OTHER_OUTCOMES = """
select audit_id, outcome, reason from marts.audit_outcomes
where outcome <> 'ready' and audit_id > ?
union all
select audit_id, outcome, reason from readback.load_plan where outcome <> 'insert'
order by audit_id
"""
TOO_LARGE = "the document is larger than the 16 MB that MongoDB takes"


class Plan:
    """What becomes of every document after an audit. It is made once, when the load begins.

    Args:
        warehouse: The account's open warehouse; failures of later audits are forgotten.
        logs: The account's collection.
        job_id: The job that runs: what it wrote before it was killed counts as migrated.
        after: The audit after which the load goes on.
    """

    def __init__(self, warehouse: Warehouse, logs: ActivityLogs, job_id: str, after: int) -> None:
        self._warehouse = warehouse
        self._after = after
        deque(warehouse.fill(PRESENT, logs.present_keys(), PRESENT_SCHEMA), maxlen=0)
        warehouse.execute(PLAN, (job_id, after))
        warehouse.execute(f"drop table {PRESENT}")
        warehouse.execute("delete from readback.load_failures where audit_id > ?", (after,))

    def keep_failures(self, after: int, last: int) -> None:
        """Keep what fails without being tried, of the audits after one and up to another."""
        self._warehouse.execute(FAILURES, (CONFLICT, TOO_LARGE, after, last))

    def documents(self) -> Iterator[tuple[int, bytes]]:
        """Stream ``(audit_id, document)`` of what is to be inserted, by id, in bounded memory.

        DuckDB would sort the whole mart; so the ids are cut into pages first, and each page is
        read and sorted by itself.
        """
        after = self._after
        for last in [*(row["audit_id"] for row in self._warehouse.rows(PAGE_ENDS)), 2**63 - 1]:
            for batch in self._warehouse.arrow_batches(PAGE, (after, last)):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
            after = last

    def other_outcomes(self) -> Iterator[tuple[int, str, str | None]]:
        """Stream ``(audit_id, outcome, reason)`` of what is not to be inserted, by id."""
        for batch in self._warehouse.arrow_batches(OTHER_OUTCOMES, (self._after,)):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def documents_of(warehouse: Warehouse, audit_ids: Sequence[int]) -> list[tuple[int, bytes]]:
    """Return ``(audit_id, document)`` of a few audits, by id."""
    query = f"select audit_id, document from {DOCUMENTS} where list_contains(?::bigint[], audit_id)"  # noqa: S608
    rows = warehouse.rows(f"{query} order by audit_id", (list(audit_ids),)) if audit_ids else []
    return [(row["audit_id"], row["document"]) for row in rows]
