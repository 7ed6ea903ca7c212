"""Signs an account's last run, when what was verified is what there is (rule: sign-off)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ingest.shared.mongo import CdpDatabase, connected, translated
from ingest.shared.seeds import SEEDS, Account, read_mapped_types
from ingest.shared.settings import Settings
from loaders.errors import NothingToDoError, SignOffError
from loaders.jobs.account_files import report_path
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.transform.provenance import mapping_hashes, report_hashes
from loaders.transform.warehouse import Warehouse
from loaders.verify.signoff.blocking import SIGNABLE, Ground, blockers
from loaders.verify.signoff.hashes import documents_fingerprint
from loaders.verify.signoff.sign_off_state import sign_off_state
from loaders.verify.source_count import source_count


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is at the moment of signing."""

    seeds: dict[str, str]
    source_count: int
    document_count: int
    documents_sha256: str
    documents_fingerprint: str | None
    mart_fingerprint: str


def sign_off(
    settings: Settings,
    account: Account,
    *,
    by: str,
    note: str = "",
    seeds: Path = SEEDS,
    accept_drift: bool = False,
    job_id: str | None = None,
) -> JobDocument:
    """Sign the account's last run.

    Args:
        settings: Where everything is.
        account: The account.
        by: The person who signs.
        note: What the person notes.
        seeds: Where the seeds are.
        accept_drift: The person knows of the drift that somebody decided, and leaves it.
        job_id: The run that the person read; when absent it is the last one.

    Returns:
        The signed job.

    Raises:
        NothingToDoError: There is no run, nothing was verified, or it is signed already.
        SignOffError: The run is not good, or what there is now is not what it verified.
    """
    folder = settings.var_dir / account.account
    with (
        connected(settings.mongo_url) as database,
        Warehouse.opened(folder, account.company_sso_id) as warehouse,
        translated(),
    ):
        jobs = Jobs(database, account)
        report = report_path(settings.var_dir, account)
        job = _verified(database, account, jobs.last(), report)
        if job_id not in (None, job["job_id"]):
            raise SignOffError(account.account, ["another run came after the one that was read"])

        @cache
        def count() -> int:
            return source_count(settings, account, read_mapped_types(seeds), job["cutoff"])

        if job["status"] in SIGNABLE:
            count()  # it takes longest, so it comes before the documents are read
        objections = blockers(
            Ground(
                database,
                account,
                report,
                seeds,
                accept_drift,
                every_byte=True,
                count_source=lambda _: count(),
            )
        )
        if job["status"] in SIGNABLE:
            found = _found(account, database, warehouse, job, seeds, count())
            objections += [*_of_the_balance(warehouse), *_since(job, found)]
        if objections:
            raise SignOffError(account.account, objections)
        told = _sign_off(settings, account, found, by, note) | {"drift": job.get("drift") or {}}
        signed = jobs.sign(job["job_id"], told)
    if signed is None:
        raise SignOffError(account.account, ["the run changed meanwhile"])
    return signed


def _verified(
    database: CdpDatabase, account: Account, job: JobDocument | None, report: Path
) -> JobDocument:
    """Return the last run, if there is anything to sign."""
    if job is None:
        raise NothingToDoError(f"account {account.account} has no run to sign; run `make migrate`")
    if job["status"] == "signed_off":
        state = sign_off_state(database, account, report=report, every_byte=True)
        if state and state.is_valid:
            raise NothingToDoError(f"account {account.account} is {state.line}")
    is_verified = job.get("mongo_count") and job.get("fidelity_pct") is not None
    if job["status"] in SIGNABLE and not is_verified:
        raise NothingToDoError(f"account {account.account} has no verified document to sign for")
    return job


def _found(
    account: Account,
    database: CdpDatabase,
    warehouse: Warehouse,
    job: JobDocument,
    seeds: Path,
    count: int,
) -> _Found:
    logs = ActivityLogs(database, account.company_sso_id)
    return _Found(
        seeds=mapping_hashes(account, seeds),
        source_count=count,
        document_count=job["mongo_count"],
        documents_sha256=job["documents_sha256"],  # as blockers found them now
        documents_fingerprint=documents_fingerprint(logs),
        mart_fingerprint=warehouse.fingerprint(),
    )


def _of_the_balance(warehouse: Warehouse) -> Iterator[str]:
    hops = warehouse.rows("select hop from reconciliation.balance where not is_closed")
    if hops:
        yield f"the balance does not close at: {', '.join(row['hop'] for row in hops)}"


def _since(job: JobDocument, found: _Found) -> Iterator[str]:
    """Tell what the warehouse says that is not as the run verified it."""
    if found.mart_fingerprint != job.get("mart_fingerprint"):
        yield "the marts were made anew since the load"


def _sign_off(
    settings: Settings, account: Account, found: _Found, by: str, note: str
) -> dict[str, Any]:
    report = report_hashes(report_path(settings.var_dir, account))
    return {
        "by": by,
        "note": note,
        "report_sha256": report["report_sha256"],
        "inputs": {
            "seeds_sha256": found.seeds,
            "mart_fingerprint": found.mart_fingerprint,
            "documents_sha256": found.documents_sha256,
            "documents_fingerprint": found.documents_fingerprint,
            "document_count": found.document_count,
            "source_count": found.source_count,
            "page_sha256": report["page_sha256"],
        },
    }
