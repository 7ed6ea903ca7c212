"""Whether a sign-off still stands, from MongoDB, the seeds and, where it is there, the report."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import SEEDS, Account
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.job_document import ACTIVE
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.transform.provenance import changed_seeds, file_hash, mapping_hashes
from loaders.verify.signoff.hashes import documents_fingerprint, documents_hash

CountSource = Callable[[JobDocument], int]


@dataclass(frozen=True, slots=True)
class SignOffState:
    """A sign-off, and what has changed since.

    Args:
        by: Who signed.
        at: When (UTC).
        note: What they noted; empty when nothing.
        job_id: The job that was signed.
        report_sha256: Hash of the ``report.json`` that was signed.
        changes: What has changed since, each in words; empty while the sign-off stands.
        unasked: Who could not be asked from here.
        drift: The drift that was signed, documents by cause.
    """

    by: str
    at: datetime
    note: str
    job_id: str
    report_sha256: str
    changes: tuple[str, ...]
    unasked: str = ""
    drift: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Whether it stands."""
        return not self.changes

    @property
    def line(self) -> str:
        """Say it in one line."""
        signed = f"by {self.by} at {self.at:%Y-%m-%d %H:%M:%S} UTC"
        if self.drift:
            causes = ", ".join(f"{cause} {count:,}" for cause, count in self.drift.items())
            signed += f" with drift ({causes})"
        if self.is_valid:
            unasked = f" ({self.unasked} was not asked)" if self.unasked else ""
            return f"signed {signed}{unasked}"
        return f"sign-off void: {'; '.join(self.changes)} (it was signed {signed})"


def sign_off_state(
    database: CdpDatabase,
    account: Account,
    *,
    seeds: Path = SEEDS,
    report: Path | None = None,
    count_source: CountSource | None = None,
    every_byte: bool = False,
) -> SignOffState | None:
    """Return the account's last sign-off, or none; no warehouse is opened.

    Args:
        database: The CDP's database.
        account: The account.
        seeds: Where the seeds are.
        report: The report's page; one that is not on this machine is no change.
        count_source: Counts the audits in scope of a job in PostgreSQL; left out when absent.
        every_byte: Read every document instead of asking MongoDB for a fingerprint.

    Raises:
        CdpError: MongoDB cannot be reached or refuses.
    """
    with translated():
        jobs = Jobs(database, account)
        job = jobs.last_signed()
        if job is None:
            return None
        sign_off = job["sign_off"]
        last = jobs.last()
        changes = [*_of_jobs(job, last), *_of_seeds(sign_off, account, seeds)]
        changes += _of_report(sign_off, report)
        if not last or last["status"] not in ACTIVE:  # what a run writes is told as its own
            changes += _of_documents(sign_off, database, account, every_byte=every_byte)
    if count_source:
        changes += _of_source(sign_off, count_source(job))
    return SignOffState(
        by=sign_off["by"],
        at=sign_off["at"],
        note=sign_off.get("note") or "",
        job_id=job["job_id"],
        report_sha256=sign_off["report_sha256"],
        changes=tuple(changes),
        drift=sign_off.get("drift", {}),
    )


def _of_jobs(signed: JobDocument, last: JobDocument | None) -> Iterator[str]:
    if last and last["job_id"] != signed["job_id"]:
        yield f"a new run began at {last['started_at']:%Y-%m-%d %H:%M:%S} UTC ({last['status']})"
    elif signed["status"] != "signed_off":
        why = f" ({signed['error']})" if signed.get("error") else ""
        yield f"the run is {signed['status'].replace('_', ' ')} since{why}"


def _of_seeds(sign_off: dict[str, Any], account: Account, seeds: Path) -> Iterator[str]:
    changed = changed_seeds(sign_off["inputs"]["seeds_sha256"], mapping_hashes(account, seeds))
    if changed:
        yield f"seeds changed: {', '.join(changed)}"


def _of_report(sign_off: dict[str, Any], report: Path | None) -> Iterator[str]:
    if report is None:
        return
    signed = (sign_off["report_sha256"], sign_off["inputs"]["page_sha256"])
    found = (file_hash(report.with_name("report.json")), file_hash(report))
    if any(now not in (None, then) for then, now in zip(signed, found, strict=True)):
        yield "the report changed"


def _of_documents(
    sign_off: dict[str, Any], database: CdpDatabase, account: Account, *, every_byte: bool
) -> Iterator[str]:
    logs = ActivityLogs(database, account.company_sso_id)
    inputs = sign_off["inputs"]
    count = logs.count()
    if count != inputs["document_count"]:
        yield f"documents changed: {inputs['document_count']:,} then, {count:,} now"
    elif _differ(inputs, logs, every_byte=every_byte):
        yield "documents changed in content"


def _differ(inputs: dict[str, Any], logs: ActivityLogs, *, every_byte: bool) -> bool:
    fingerprint = inputs.get("documents_fingerprint")
    if fingerprint and fingerprint != documents_fingerprint(logs):
        return True
    must_read = every_byte or not fingerprint
    return must_read and documents_hash(logs) != inputs["documents_sha256"]


def _of_source(sign_off: dict[str, Any], count: int) -> Iterator[str]:
    then = sign_off["inputs"]["source_count"]
    if count != then:
        yield f"audits changed at the source: {then:,} in scope then, {count:,} now"
