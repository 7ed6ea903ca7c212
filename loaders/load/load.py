"""Streams the mart into MongoDB, batch by batch, each once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
from bson.raw_bson import RawBSONDocument
from pymongo.errors import PyMongoError

from ingest.shared.errors import MigrationError
from ingest.shared.mongo import translated
from ingest.shared.progress import Progress
from ingest.shared.read_ahead import read_ahead
from loaders.documents.layout import of_job
from loaders.jobs.errors import HaltedError
from loaders.jobs.fence import WRITERS
from loaders.jobs.held import Job
from loaders.load.collection import ActivityLogs
from loaders.load.failures import FailureQueue
from loaders.load.plan import OtherOutcomes, Plan, batches, is_of_last_load
from loaders.load.tally import Tally, tally_of
from loaders.load.written import LoadFailure, Written, too_large
from loaders.transform.inputs import made_with
from loaders.transform.warehouse import Warehouse

BATCH_ROWS = 1_000
MOST_FAILURES = 0.10
TELL_S = 0.5
FIRST, LAST = -(2**63), 2**63 - 1  # before the first audit, and after the last


class Load:
    """One pass over the mart for one job.

    Args:
        warehouse: The account's open warehouse.
        logs: The account's collection.
        job: The job that runs.
        progress: Told of every audit processed.
    """

    def __init__(
        self, warehouse: Warehouse, logs: ActivityLogs, job: Job, progress: Progress
    ) -> None:
        self._warehouse = warehouse
        self._logs = logs
        self._failures = FailureQueue(logs.database, logs.company_sso_id)
        self._job = job
        self._progress = progress
        self._mart = warehouse.mart()
        self._fingerprint = warehouse.fingerprint()
        is_same = is_of_last_load(warehouse, job.document.get("load_id"))
        is_same = is_same and job.document.get("mart_fingerprint") == self._fingerprint
        self._after, self._accepted = _beginning(job, is_same=is_same)
        self._told_after, self._told_at = self._after, 0.0
        self.tally = Tally()
        self._batches_written = {"count": 0, "seconds": 0.0} | job.document.get("batches", {})

    def run(self) -> Tally:
        """Write every row after the job's last, retry what failed, and record the counts.

        Raises:
            HaltedError: More than 10 % of the audits failed; nothing is written after.
            CdpError: MongoDB is lost; the next call goes on where this one stopped.
        """
        try:
            self._write_all()
        except HaltedError:
            self._queue_failures(is_whole=False)
            raise
        self._queue_failures(is_whole=True)
        return self.tally

    def _write_all(self) -> None:
        with translated():
            plan = Plan(self._warehouse, self._logs, self._job.job_id, self._after)
        self.tally = tally_of(plan.processed())
        self._begin(plan.load_id)
        outcomes = OtherOutcomes(plan.other_outcomes())
        with (
            translated(),
            ThreadPoolExecutor(WRITERS) as pool,
            self._telling(plan),
            closing(read_ahead(self._batches(plan), 1)) as coming,
        ):
            for batch in coming:
                self._tell_now_and_then(plan)
                self._pass(outcomes, batch.last_audit_id)
                self._fail(batch.failures)
                self._halt_if_too_many(len(batch.documents))
                self._write(pool, batch)
                self._after = batch.last_audit_id
                self._halt_if_too_many()
            self._pass(outcomes, LAST)
            if self._mart.last_audit_id is not None:
                self._after = self._mart.last_audit_id
            self._halt_if_too_many()
        with translated():
            self._retry_failed(plan)
        self._record(progress_pct=100.0, written=plan.written(), removed_count=0)

    def _queue_failures(self, *, is_whole: bool) -> None:
        with translated():
            self._failures.keep(self._warehouse, self._job.job_id, is_whole=is_whole)

    def _begin(self, load_id: str) -> None:
        made = made_with(self._warehouse.path.parent / "target")
        before = self._job.document.get("made_with", [])
        self._record(
            phase="load",
            made_with=before if made is None or made in before else [*before, made],
            cutoff=self._mart.cutoff,
            load_id=load_id,
            mart_fingerprint=self._fingerprint,
            accepted={"failed": self._accepted[0], "processed": self._accepted[1]},
        )
        self._progress.advance(self.tally.processed)

    def _batches(self, plan: Plan) -> Iterator["_Batch"]:
        for batch in batches(plan.documents(), BATCH_ROWS):
            yield _Batch(
                [self._of_job(document) for _, document in batch if document],
                [too_large(audit_id) for audit_id, document in batch if document is None],
                batch[-1][0],
            )

    def _of_job(self, document: bytes) -> RawBSONDocument:
        return RawBSONDocument(of_job(document, self._job.job_id))

    def _write(self, pool: ThreadPoolExecutor, batch: "_Batch") -> None:
        started_at, job = time.monotonic(), self._job
        written = self._logs.insert_parallel(pool, batch.documents, job.job_id, job.fence)
        self._batches_written["count"] += 1
        self._batches_written["seconds"] += time.monotonic() - started_at
        self._keep_failures(written.failures)
        self.tally.add(written)
        self._progress.advance(len(batch.documents))

    def _fail(self, failures: list[LoadFailure]) -> None:
        """Count what is not tried."""
        self._keep_failures(failures)
        self.tally.add(Written(failures=failures))
        self._progress.advance(len(failures))

    def _pass(self, outcomes: OtherOutcomes, audit_id: int) -> None:
        """Count what is not to be written, up to an audit."""
        before = self.tally.processed
        self.tally.add_outcomes(outcomes.up_to(audit_id))
        self._progress.advance(self.tally.processed - before)

    @contextmanager
    def _telling(self, plan: Plan) -> Iterator[None]:
        """Tell the job at the end how far the block came, also when it is left by an error."""
        try:
            yield
        except BaseException:
            with suppress(PyMongoError, MigrationError):  # the block's own error says more
                self._tell(plan)
            raise
        self._tell(plan)

    def _tell_now_and_then(self, plan: Plan) -> None:
        """Tell the job before a batch, twice a second; one that was cancelled ends here."""
        if time.monotonic() - self._told_at > TELL_S:
            self._tell(plan)

    def _tell(self, plan: Plan) -> None:
        """Record up to which audit all is done; what failed by the plan is kept before."""
        plan.keep_failures(self._told_after, self._after)
        self._record()
        self._told_after, self._told_at = self._after, time.monotonic()

    def _keep_failures(self, failures: list[LoadFailure]) -> None:
        """Keep failures in the warehouse before the job moves on, each once."""
        if failures:
            self._forget_failures([failure.audit_id for failure in failures])
            rows = pa.Table.from_pylist([asdict(failure) for failure in failures])
            self._warehouse.insert("readback.load_failures", rows)

    def _forget_failures(self, audit_ids: list[int]) -> None:
        self._warehouse.execute(
            "delete from readback.load_failures where list_contains(?::bigint[], audit_id)",
            (audit_ids,),
        )

    def _halt_if_too_many(self, document_count: int = 0) -> None:
        """Halt when too many failed, even if the next documents will all be written."""
        failed = self.tally.failed - self._accepted[0]
        processed = self.tally.processed + document_count - self._accepted[1]
        if processed and failed / processed > MOST_FAILURES:
            raise HaltedError(self.tally.failed, self.tally.processed)

    def _retry_failed(self, plan: Plan) -> None:
        """Try what could not be written once more (rule: loading)."""
        query = "select audit_id from readback.load_failures where reason = 'write_error'"
        audit_ids = [row["audit_id"] for row in self._warehouse.rows(query)]
        for audit_id, document in plan.documents_of(audit_ids) if audit_ids else ():
            made = [self._of_job(document or b"")]
            written = self._logs.write(made, self._job.job_id, self._job.fence)
            self._forget_failures([audit_id])
            self._keep_failures(written.failures)
            self.tally.count_retry("write_error", written)

    def _record(self, **fields: Any) -> None:
        tally = self.tally
        total = self._mart.outcome_count
        counts = {
            "source": self._mart.source_count,
            "staged": total,
            "migrated": tally.migrated,
            "already_present": tally.already_present,
            "skipped": tally.skipped,
            "failed": tally.failed,
        }
        recorded = {
            "counts": counts,
            "batches": self._batches_written,
            "reasons": {reason: count for reason, count in tally.reasons.items() if count},
            "failure_rate": tally.failure_rate,
            "progress_pct": round(100 * tally.processed / total, 2) if total else 100.0,
            "last_audit_id": None if self._after == FIRST else self._after,
        }
        self._job.update(**recorded | fields)


@dataclass(frozen=True, slots=True)
class _Batch:
    documents: list[RawBSONDocument]
    failures: list[LoadFailure]
    last_audit_id: int


def _beginning(job: Job, *, is_same: bool) -> tuple[int, tuple[int, int]]:
    """Return after which audit to go on, and which ``(failed, processed)`` a resume accepted.

    In another mart, or another file, than the load began with, audits may stand before the job's
    last one, and failures are not known: it begins anew, and meets in MongoDB what it wrote.
    """
    known = job.document
    accepted = known.get("accepted") or {"failed": 0, "processed": 0}
    after = known["last_audit_id"] if is_same else None
    processed = accepted["processed"] if is_same else 0
    return FIRST if after is None else after, (accepted["failed"], processed)
