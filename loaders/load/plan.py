"""What a load does with each audit, decided in SQL before the first is written (rule: loading).

What MongoDB already has is taken out here, all at once, so that the rest is simply inserted. A
document of ours is present, whatever the rules say of its audit today (rule: drift).
"""

import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from ingest.shared.pool import map_in_processes
from loaders.documents.encode import HASHED, encode_page
from loaders.load.collection import ActivityLogs
from loaders.load.expected import Expected
from loaders.load.written import FOREIGN
from loaders.transform.warehouse import Warehouse

BATCH_BYTES = 16_000_000  # a batch is a transaction, which MongoDB holds in memory
PRESENT = "readback.present"
PRESENT_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("external_id", "content_hash", "job_id")]
)
KEY_NUMBER = "try_cast(substr(stored.external_id, 11) as bigint)"
KEY_AUDIT_ID = f"if(stored.external_id = 'crm_audit_' || {KEY_NUMBER}, {KEY_NUMBER}, null)"
"""The audit that the key of a row of ``stored`` names; none where the key is none of ours."""
PLAN = f"""
create or replace table readback.load_plan as
with present as (
    select {KEY_AUDIT_ID} as audit_id, content_hash, job_id from {PRESENT} as stored
)
select
    audits.audit_id,
    case
        when audits.outcome <> 'ready' and present.content_hash is null then audits.outcome
        when present.audit_id is null then 'insert'
        when present.content_hash is null then 'failed'
        when present.job_id = ? then 'migrated'
        else 'already_present'
    end as outcome,
    case
        when audits.outcome <> 'ready' and present.content_hash is null then audits.reason
        when present.audit_id is not null and present.content_hash is null then 'foreign_document'
    end as reason
from marts.audit_outcomes as audits
left join present on audits.audit_id = present.audit_id
"""  # noqa: S608 - our own names, no value # nosec B608
OWN = f"""
select count(*) as "count", max({KEY_AUDIT_ID}) as last_audit_id
from {PRESENT} as stored
where job_id = ?
"""  # noqa: S608 - our own names, no value # nosec B608
INSERTED = """
select count(*) as "count", max(audit_id) as last_audit_id
from readback.load_plan
anti join readback.load_failures using (audit_id)
where outcome = 'insert' and audit_id > ?
"""
PROCESSED = """
select
    case
        when failures.audit_id is not null then 'failed'
        when plan.outcome = 'insert' then 'migrated'
        else plan.outcome
    end as final_outcome,
    coalesce(failures.reason, plan.reason) as final_reason,
    count(*) as audit_count
from readback.load_plan as plan
left join readback.load_failures as failures using (audit_id)
where plan.audit_id <= ?
group by all
"""
TO_INSERT = "(select audit_id from readback.load_plan where outcome = 'insert' and audit_id > ?)"
FORGET = f"delete from readback.expected_hashes where audit_id in {TO_INSERT}"  # noqa: S608 - our own names, no value # nosec B608
FAILURES = """
insert into readback.load_failures by name
select audit_id, reason, ? as message
from readback.load_plan
where reason = 'foreign_document' and audit_id > ? and audit_id <= ?
"""
BEGUN = "readback.begun_load"
OTHER_OUTCOMES = """
select audit_id, outcome, reason
from readback.load_plan
where outcome <> 'insert' and audit_id > ?
order by audit_id
"""


class Plan:
    """What becomes of every audit. It is made once, when the load begins.

    Args:
        warehouse: The account's open warehouse; failures of later audits are forgotten.
        logs: The account's collection.
        job_id: The job that runs: what it wrote before it was killed counts as migrated.
        after: The audit after which the load goes on.

    Attributes:
        load_id: Stands in the file too, so that a later load knows whether it goes on with this.
    """

    def __init__(self, warehouse: Warehouse, logs: ActivityLogs, job_id: str, after: int) -> None:
        self._warehouse = warehouse
        self._after = after
        self._expected = Expected(warehouse)
        deque(warehouse.fill(PRESENT, logs.present_keys(), PRESENT_SCHEMA), maxlen=0)
        warehouse.execute(PLAN, (job_id,))
        self._own = warehouse.rows(OWN, (job_id,))[0]
        warehouse.execute(f"drop table {PRESENT}")
        warehouse.execute(FORGET, (after,))  # they are made with the documents
        warehouse.execute("delete from readback.load_failures where audit_id > ?", (after,))
        self.load_id = str(uuid.uuid4())
        warehouse.execute(
            f"create or replace table {BEGUN} as select ? as load_id", (self.load_id,)
        )

    def processed(self) -> list[dict[str, Any]]:
        """Count the audits that the load does not come to any more, by outcome and reason."""
        return self._warehouse.rows(PROCESSED, (self._after,))

    def written(self) -> dict[str, Any]:
        """Say after the load how many documents are the job's, and the greatest audit of them."""
        parts = [self._own, self._warehouse.rows(INSERTED, (self._after,))[0]]
        last_ids = [part["last_audit_id"] for part in parts if part["last_audit_id"] is not None]
        return {
            "count": sum(part["count"] for part in parts),
            "last_audit_id": max(last_ids, default=None),
        }

    def keep_failures(self, after: int, last: int) -> None:
        """Keep what fails without being tried, of the audits after one and up to another."""
        self._warehouse.execute(FAILURES, (FOREIGN, after, last))

    def documents(self) -> Iterator[tuple[int, bytes | None]]:
        """Stream ``(audit_id, document)`` of what is to be inserted, by id, in bounded memory.

        There is no document of what is larger than MongoDB takes.
        """
        pages, is_small = self._expected.pages(
            f"semi join {TO_INSERT} using (audit_id)", (self._after,)
        )
        for encoded in map_in_processes(encode_page, pages, is_small=is_small):
            self._expected.keep(encoded.select(HASHED.names))
            yield from _documents(encoded)

    def other_outcomes(self) -> Iterator[tuple[int, str, str | None]]:
        """Stream ``(audit_id, outcome, reason)`` of what is not to be inserted, by id."""
        for batch in self._warehouse.arrow_batches(OTHER_OUTCOMES, (self._after,)):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def documents_of(self, audit_ids: Sequence[int]) -> Iterator[tuple[int, bytes | None]]:
        """Stream ``(audit_id, document)`` of a few audits, by id."""
        pages, _ = self._expected.pages(
            "where list_contains(?::bigint[], audit_id)", (list(audit_ids),)
        )
        for page in pages:
            yield from _documents(encode_page(page))


def _documents(encoded: pa.Table) -> Iterator[tuple[int, bytes | None]]:
    columns = (encoded[name].to_pylist() for name in ("audit_id", "document"))
    return zip(*columns, strict=True)


def is_of_last_load(warehouse: Warehouse, load_id: str | None) -> bool:
    """Tell whether a job's last load was from this file, so that its failures stand here."""
    warehouse.execute(f"create table if not exists {BEGUN} (load_id varchar)")
    return {"load_id": load_id} in warehouse.rows(f"select load_id from {BEGUN}")  # noqa: S608 - our own names, no value # nosec B608


def batches(
    documents: Iterable[tuple[int, bytes | None]], most_rows: int
) -> Iterator[list[tuple[int, bytes | None]]]:
    """Cut a stream of documents into batches, by their number and by what they weigh."""
    batch: list[tuple[int, bytes | None]] = []
    weight = 0
    for audit_id, document in documents:
        batch.append((audit_id, document))
        weight += len(document or b"")
        if len(batch) == most_rows or weight >= BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


class OtherOutcomes:
    """What is not to be inserted, met in id order beside the documents."""

    def __init__(self, rows: Iterator[tuple[int, str, str | None]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def up_to(self, audit_id: int) -> Iterator[tuple[str, str | None]]:
        """Give outcome and reason of the next audits up to an id."""
        while self._next is not None and self._next[0] <= audit_id:
            yield self._next[1:]
            self._next = next(self._rows, None)
