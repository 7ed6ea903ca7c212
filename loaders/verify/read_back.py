"""Reads MongoDB back, compares it with the mart, and closes the sum (rule: reconciliation)."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa

from ingest.shared.mongo import translated
from ingest.shared.progress import Progress
from loaders.documents.document import Digest
from loaders.documents.layout import StoredKeys
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.load.expected import Expected
from loaders.load.plan import KEY_AUDIT_ID
from loaders.transform.inputs import made_with
from loaders.transform.warehouse import Warehouse
from loaders.verify.unlike import Unlike
from loaders.verify.verdict import Verdict, read_verdict
from loaders.verify.written_jobs import JOBS, written_jobs

STORED = pa.schema(
    [(name, pa.string()) for name in ("external_id", "stored_hash", "actual_hash", "job_id")]
)
FILL = f"""
insert into readback.activity_logs by name
select
    stored.*,
    expected.content_hash as expected_hash,
    {KEY_AUDIT_ID} as audit_id,
    if(shown.external_id is null, logs.category, shown.category) as category,
    if(shown.external_id is null, logs.action, shown.action) as action,
    if(shown.external_id is null, logs.created_at, shown.created_at) as created_at,
    shown.written_id
from readback.stored
left join readback.expected_hashes as expected on stored.external_id = expected.external_id
left join marts.activity_logs as logs on expected.audit_id = logs.audit_id
left join readback.shown on stored.external_id = shown.external_id
"""  # noqa: S608 - our own names, no value # nosec B608
# What has drifted is listed by its fields: values of persons are for differences alone.
FORGET_VALUES = """
update readback.field_differences set expected = null, actual = null
where external_id not in (select external_id from reconciliation.fidelity_differences)
"""


@dataclass(frozen=True, slots=True)
class Sides:
    """What is held against the mart.

    Args:
        logs: The account's documents in MongoDB.
        jobs: The account's jobs, which say what they wrote.
        denied: The fields that are denied today.
        count_source: Counts the audits in scope in PostgreSQL.
    """

    logs: ActivityLogs
    jobs: Jobs
    denied: Collection[str]
    count_source: Callable[[], int]


def reconcile(warehouse: Warehouse, sides: Sides, progress: Progress) -> Verdict:
    """Fill ``readback`` from MongoDB and PostgreSQL and judge what it shows.

    Args:
        warehouse: The account's open warehouse.
        sides: What is held against its mart.
        progress: Told of every document read.
    """
    digest = Digest()
    Expected(warehouse).complete()
    with translated(), ThreadPoolExecutor(1) as pool:
        _read_back(warehouse, sides.logs, digest, progress)
        counted = pool.submit(sides.logs.count)
        told = written_jobs(sides.jobs, made_with(warehouse.path.parent / "target"))
        deque(warehouse.fill("readback.jobs", told, JOBS), maxlen=0)
        _compare(warehouse, sides)
        counts = (sides.logs.moment(), sides.count_source(), counted.result())
        warehouse.execute("delete from readback.source_counts")
        warehouse.execute("insert into readback.source_counts values (?, ?, ?)", counts)
        warehouse.execute(FORGET_VALUES)
    return read_verdict(warehouse, digest.hexdigest())


def _read_back(
    warehouse: Warehouse, logs: ActivityLogs, digest: Digest, progress: Progress
) -> None:
    stored_keys = StoredKeys(logs.company_sso_id)
    stored = map(stored_keys.read, _digested(logs.read_raw(), digest))
    for count in warehouse.fill("readback.stored", stored, STORED):
        progress.advance(count)


def _compare(warehouse: Warehouse, sides: Sides) -> None:
    """Join the mart's hashes to the stored ones, and the values of what is not alike."""
    Unlike(warehouse, sides.logs, sides.denied).keep()
    warehouse.execute("delete from readback.activity_logs")
    warehouse.execute(FILL)
    warehouse.execute("drop table readback.stored")
    warehouse.execute("drop table readback.shown")


def _digested(raws: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """Hash the very bytes that are compared, as they pass (a sign-off names them)."""
    for raw in raws:
        digest.add(raw)
        yield raw
