"""Signs an account's last run, when what was verified is what there is (rule: sign-off)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
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
from loaders.transform.inputs import kept_inputs
from loaders.transform.provenance import changed_seeds, file_hash, mapping_hashes
from loaders.transform.warehouse import Warehouse
from loaders.verify.signoff.hashes import documents_fingerprint, documents_hash
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
    settings: Settings, account: Account, *, by: str, note: str = "", seeds: Path = SEEDS
) -> JobDocument:
    """Sign the account's last run.

    Args:
        settings: Where everything is.
        account: The account.
        by: The person who signs.
        note: What the person notes.
        seeds: Where the seeds are.

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
        job = _signable(database, account, jobs.last(), report_path(settings.var_dir, account))
        found = _found(settings, account, database, warehouse, job, seeds)
        objections = [
            *_of_the_run(job, warehouse),
            *_of_the_report(job, report_path(settings.var_dir, account)),
            *_since(job, found, kept_inputs(folder / "target")),
        ]
        if objections:
            raise SignOffError(account.account, objections)
        signed = jobs.sign(job["job_id"], _sign_off(settings, account, found, by, note))
    if signed is None:
        raise SignOffError(account.account, ["the run changed meanwhile"])
    return signed


def _signable(
    database: CdpDatabase, account: Account, job: JobDocument | None, report: Path
) -> JobDocument:
    if job is None:
        raise NothingToDoError(f"account {account.account} has no run to sign; run `make migrate`")
    if job["status"] not in ("completed", "signed_off"):
        raise SignOffError(account.account, [f"its last run is {job['status']}, not completed"])
    if job["status"] == "signed_off":
        state = sign_off_state(database, account, report=report, every_byte=True)
        if state and state.is_valid:
            raise NothingToDoError(f"account {account.account} is {state.line}")
    if not job.get("mongo_count") or job.get("fidelity_pct") is None:
        raise NothingToDoError(f"account {account.account} has no verified document to sign for")
    return job


def _found(
    settings: Settings,
    account: Account,
    database: CdpDatabase,
    warehouse: Warehouse,
    job: JobDocument,
    seeds: Path,
) -> _Found:
    logs = ActivityLogs(database, account.company_sso_id)
    return _Found(
        seeds=mapping_hashes(account, seeds),
        source_count=source_count(settings, account, read_mapped_types(seeds), job["cutoff"]),
        document_count=logs.count(),
        documents_sha256=documents_hash(logs),
        documents_fingerprint=documents_fingerprint(logs),
        mart_fingerprint=warehouse.fingerprint(),
    )


def _of_the_run(job: JobDocument, warehouse: Warehouse) -> Iterator[str]:
    hops = warehouse.rows("select hop from reconciliation.balance where not is_closed")
    if hops:
        yield f"the balance does not close at: {', '.join(row['hop'] for row in hops)}"
    for name in ("fidelity", "explained"):
        if job[f"{name}_pct"] != 100:
            yield f"its {name} is {job[f'{name}_pct']} %, not 100 %"
    if job.get("sample_differences"):
        yield f"{job['sample_differences']:,} sampled audits differ from their second derivation"


def _of_the_report(job: JobDocument, report: Path) -> Iterator[str]:
    facts = report.with_name("report.json")
    if not report.exists() or not facts.exists():
        yield "there is no report: run `make report` and read it"
        return
    told: dict[str, Any] = json.loads(facts.read_bytes())
    if told["job"]["job_id"] != job["job_id"]:
        yield "the report is of another run: run `make report` and read it"
    elif not told["verdict"]["is_good"]:
        yield "the report says that the run is not good"


def _since(job: JobDocument, found: _Found, built_from: dict[str, Any] | None) -> Iterator[str]:
    """Tell what is no longer as the run verified it."""
    if built_from is None:
        yield "it is not known which seeds the marts were made from: run `make migrate`"
    elif changed := changed_seeds(built_from["seeds"], found.seeds):
        yield f"seeds changed since the marts were made: {', '.join(changed)}"
    if found.mart_fingerprint != job.get("mart_fingerprint"):
        yield "the marts were made anew since the load"
    if found.documents_sha256 != job.get("documents_sha256"):
        yield "documents changed since they were verified: run `make reconcile`"
    if found.source_count != job["source_count_now"]:
        yield (
            f"audits changed at the source since: {job['source_count_now']:,} in scope then, "
            f"{found.source_count:,} now; run `make migrate`"
        )


def _sign_off(
    settings: Settings, account: Account, found: _Found, by: str, note: str
) -> dict[str, Any]:
    report = report_path(settings.var_dir, account)
    return {
        "by": by,
        "note": note,
        "report_sha256": file_hash(report.with_name("report.json")),
        "inputs": {
            "seeds_sha256": found.seeds,
            "mart_fingerprint": found.mart_fingerprint,
            "documents_sha256": found.documents_sha256,
            "documents_fingerprint": found.documents_fingerprint,
            "document_count": found.document_count,
            "source_count": found.source_count,
            "page_sha256": file_hash(report),
        },
    }
