"""Shows the account's last job, and whether its sign-off stands."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ingest.shared.errors import CrmError, SettingsError
from ingest.shared.mongo import CdpDatabase
from ingest.shared.seeds import Account, read_mapped_types
from ingest.shared.settings import Settings, var_dir
from ingest.shared.text import one_line
from loaders.jobs.account_files import report_path
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.job_document import ACTIVE
from loaders.review.summary import summary_lines
from loaders.verify.signoff.blocking import Ground, blockers
from loaders.verify.signoff.sign_off_state import CountSource, SignOffState, sign_off_state
from loaders.verify.source_count import source_count

SHOWN = (
    "job_id",
    "status",
    "phase",
    "requested_by",
    "started_at",
    "updated_at",
    "progress_at",
    "not_before",
    "finished_at",
    "cutoff",
    "last_audit_id",
    "progress_pct",
    "accuracy_pct",
    "explained_pct",
    "eligible_accuracy_pct",
    "fidelity_pct",
    "current_pct",
    "sample_count",
    "sample_changed_since",
    "sample_differences",
    "report",
    "error",
)


def status_lines(
    account: str,
    job: JobDocument | None,
    signed: SignOffState | None = None,
    in_the_way: Sequence[str] = (),
    *,
    is_whole: bool = False,
) -> Iterator[str]:
    """Return the lines that tell of a job: a summary, drift, sign-off and what blocks one.

    Args:
        account: The account.
        job: Its last job.
        signed: Its sign-off.
        in_the_way: What blocks a sign-off.
        is_whole: Tell every field of the job after that.
    """
    yield from summary_lines(account, job)
    if job is None:
        return
    if signed:
        yield one_line(signed.line)
    if job["status"] not in ("signed_off", *ACTIVE):
        yield f"can_sign_off: {'no' if in_the_way else 'yes'}"
        yield from (one_line(f"  {line}") for line in in_the_way)
    if is_whole:
        yield from map(one_line, _fields(job))


def _fields(job: JobDocument) -> Iterator[str]:
    for name in SHOWN:
        if job.get(name) is not None:
            yield f"{name}: {job[name]}"
    yield f"failure_rate: {100 * job['failure_rate']:.2f} %"
    yield "counts: " + ", ".join(f"{name} {count:,}" for name, count in job["counts"].items())


def status_json(
    account: str,
    job: JobDocument | None,
    signed: SignOffState | None,
    in_the_way: Sequence[str],
) -> str:
    """Return the job as JSON, with what blocks a sign-off."""
    shown = {name: value for name, value in (job or {}).items() if name not in ("_id", "lease")}
    if signed:
        shown["sign_off_state"] = {"is_valid": signed.is_valid, "changes": signed.changes}
    shown |= {"can_sign_off": not in_the_way, "blockers": list(in_the_way)}
    return json.dumps({"account": account, "status": "not_started"} | shown, default=_text)


def signed_state(
    env: Mapping[str, str], database: CdpDatabase, account: Account
) -> tuple[SignOffState | None, list[str]]:
    """Return the account's sign-off, and what blocks one, by all that can be asked from here.

    Without an address of the CRM, or an answer from it, its audits are left out.
    """
    report = report_path(var_dir(env), account)
    ground = Ground(database, account, report, every_byte=True)
    try:
        settings = Settings.from_env(env)

        def count(job: JobDocument) -> int:
            return source_count(settings, account, read_mapped_types(), job["cutoff"])

        return _state(ground, count), blockers(replace(ground, count_source=count))
    except (CrmError, SettingsError):
        signed = _state(ground)
        return replace(signed, unasked="the CRM") if signed else None, blockers(ground)


def _state(ground: Ground, count: CountSource | None = None) -> SignOffState | None:
    return sign_off_state(
        ground.database, ground.account, report=ground.report, count_source=count, every_byte=True
    )


def _text(value: Any) -> str:
    return value.isoformat() + "Z" if isinstance(value, datetime) else str(value)
