"""What stands in the way of a sign-off, as far as no warehouse has to be opened (rule: sign-off)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import SEEDS, Account
from loaders.jobs.drift import TO_ACCEPT, denied_line
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.transform.provenance import changed_seeds, mapping_hashes, report_hashes
from loaders.verify.signoff.hashes import documents_fingerprint, documents_hash
from loaders.verify.signoff.sign_off_state import CountSource, sign_off_state

SIGNABLE = ("completed", "signed_off")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sign-off is judged by.

    Args:
        database: The CDP's database.
        account: The account.
        report: The report's page.
        seeds: Where the seeds are.
        accept_drift: Drift that is known and is to stay stands in no way.
        every_byte: Read every document; else a signed run's fingerprint is asked for.
        count_source: Counts the audits in scope of a job in PostgreSQL; left out when absent.
    """

    database: CdpDatabase
    account: Account
    report: Path
    seeds: Path = SEEDS
    accept_drift: bool = False
    every_byte: bool = False
    count_source: CountSource | None = None


def blockers(ground: Ground) -> list[str]:
    """Say what stands in the way of signing the account's last run; status and sign-off ask this.

    Raises:
        CdpError: MongoDB cannot be reached or refuses.
    """
    with translated():
        job = Jobs(ground.database, ground.account).last()
        return list(_of_status(ground, job) or (_of_run(ground, job) if job else ()))


def _of_status(ground: Ground, job: JobDocument | None) -> list[str]:
    if job is None:
        return ["there is no run: `make migrate`"]
    if job["status"] not in SIGNABLE:
        return [f"its last run is {job['status']}, not completed"]
    if not job.get("mongo_count") or job.get("fidelity_pct") is None:
        return ["no document was verified: `make reconcile`"]
    if job["status"] == "signed_off":
        state = sign_off_state(
            ground.database,
            ground.account,
            seeds=ground.seeds,
            report=ground.report,
            count_source=ground.count_source,
            every_byte=ground.every_byte,
        )
        return ["it is signed off"] if state and state.is_valid else []
    return []


def _of_run(ground: Ground, job: JobDocument) -> Iterator[str]:
    for name in ("fidelity", "explained"):
        if job[f"{name}_pct"] != 100:
            yield f"its {name} is {job[f'{name}_pct']} %, not 100 %"
    if job.get("sample_differences"):
        yield f"{job['sample_differences']:,} sampled audits differ from their second derivation"
    yield from _of_drift(ground, job.get("drift") or {})
    yield from _of_report(job, ground.report)
    yield from _since(ground, job)


def _of_drift(ground: Ground, drift: dict[str, int]) -> Iterator[str]:
    """Denied values must go; what somebody decided has to be known."""
    if "denied" in drift:
        yield denied_line(ground.account.account, drift["denied"])
    unknown = [f"{drift[cause]:,} by {cause}" for cause in TO_ACCEPT if cause in drift]
    if unknown and not ground.accept_drift:
        yield (
            f"documents have drifted, {' and '.join(unknown)}: ACCEPT_DRIFT=1 leaves them, `make "
            f"rollback ACCOUNT={ground.account.account} ONLY=drift` and a run write them anew"
        )


def _of_report(job: JobDocument, report: Path) -> Iterator[str]:
    facts = report.with_name("report.json")
    if not report.exists() or not facts.exists():
        yield "there is no report: run `make report` and read it"
        return
    try:
        told: dict[str, Any] = json.loads(facts.read_bytes())
        is_of_run, is_good = told["job"]["job_id"] == job["job_id"], told["verdict"]["is_good"]
    except (ValueError, KeyError, TypeError):
        yield "report.json is broken: run `make report` and read it"
        return
    written = report_hashes(report)
    if job.get("report_hashes", written) != written:
        yield "the report is not as it was written: run `make report` and read it"
    elif not is_of_run:
        yield "the report is of another run: run `make report` and read it"
    elif not is_good:
        yield "the report says that the run is not good"


def _since(ground: Ground, job: JobDocument) -> Iterator[str]:
    """Tell what is no longer as the run verified it."""
    if not job.get("made_with"):
        yield "it is not known which seeds the marts were made from: run `make migrate`"
    elif changed := changed_seeds(
        job["made_with"][-1]["mapping"], mapping_hashes(ground.account, ground.seeds)
    ):
        yield f"seeds changed since the marts were made: {', '.join(changed)}"
    logs = ActivityLogs(ground.database, ground.account.company_sso_id)
    count = logs.count()
    if count != job["mongo_count"]:
        yield f"documents changed since they were verified: {job['mongo_count']:,} then, {count:,} now"
    elif _differ(ground, job, logs):
        yield "documents changed in content since they were verified: run `make reconcile`"
    if ground.count_source:
        count, copied = ground.count_source(job), job["counts"]["source"]
        if count != copied:
            yield (
                f"audits changed at the source since: {copied:,} in scope then, {count:,} now; "
                "run `make migrate`"
            )


def _differ(ground: Ground, job: JobDocument, logs: ActivityLogs) -> bool:
    if ground.every_byte:
        return documents_hash(logs) != job.get("documents_sha256")
    signed = ((job.get("sign_off") or {}).get("inputs") or {}).get("documents_fingerprint")
    return bool(signed) and signed != documents_fingerprint(logs)
