"""Triggers, tells and rolls back migrations, for other services (rule: http)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ingest.shared.indexes import check_indexes
from ingest.shared.progress import Unwatched
from ingest.shared.tracing import current_traceparent
from loaders.app.endpoint import Call, Operation
from loaders.app.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PrerequisiteError,
)
from loaders.app.jobs import last_job, told
from loaders.app.models import (
    AccountBody,
    AccountParameters,
    Cancelled,
    Failure,
    Failures,
    FailuresParameters,
    RolledBack,
    ServiceStatus,
    Trigger,
    Triggered,
)
from loaders.errors import NothingToDoError, RollbackError
from loaders.jobs.account_files import report_path
from loaders.jobs.errors import (
    JobAlreadyRunningError,
    JobError,
    JobHaltedError,
    NothingToCancelError,
)
from loaders.jobs.failed_audits import FailedAudits
from loaders.jobs.gates import last_probe
from loaders.jobs.store import Jobs
from loaders.load.rollback import Rollback
from loaders.verify.signoff.blocking import Ground, blockers

MOST_FAILURES = 2_000  # of some 200 bytes each
RESUME = (
    'A job that halted at more than 10 % failures goes on only with `"resume": true`; without it '
    "the answer is 409 `JOB_HALTED`. A job that failed or was cancelled may be resumed too, or a new one triggered."
)


def trigger(call: Call) -> Triggered:
    """Queue a run that a worker picks up."""
    asked: Trigger = call.asked
    account = call.account(asked.company_sso_id)
    if not account.migration_enabled:
        raise ForbiddenError("MIGRATION_DISABLED", "migration_enabled is false for this account")
    check_indexes(call.database)
    jobs = Jobs(call.database, account, call.watch)
    try:
        Rollback(call.database, account, call.service.name, call.watch).finish_killed(Unwatched())
        jobs.check_free(resume=asked.resume)
        _check_gates(call, jobs)
        job = jobs.trigger(
            requested_by=call.service.name,
            resume=asked.resume,
            traceparent=current_traceparent(),
            date_range_start=_text(asked.date_range_start),
        )
    except JobError as error:
        raise conflict(error) from error
    except RollbackError as error:
        raise ApiError(500, "ROLLBACK_FAILED", str(error)) from error
    return Triggered(job_id=job["job_id"], status="in_progress")


def status(call: Call) -> ServiceStatus:
    """Tell of the account's last job."""
    asked: AccountParameters = call.asked
    shown = told(ServiceStatus, last_job(call.database, asked.company_sso_id))
    if shown.status != "not_started":
        account = call.account(asked.company_sso_id)
        report = report_path(call.settings.var_dir, account)
        shown.blockers = blockers(Ground(call.database, account, report, call.settings.seeds))
        shown.can_sign_off = not shown.blockers
    return shown


def cancel(call: Call) -> Cancelled:
    """End a queued run, or ask a running one to stop after its batch."""
    asked: AccountBody = call.asked
    jobs = Jobs(call.database, call.account(asked.company_sso_id), call.watch)
    try:
        job = jobs.cancel(requested_by=call.service.name)
    except NothingToCancelError as error:
        if error.status is None:
            raise NotFoundError("NOTHING_TO_CANCEL", str(error)) from error
        raise ConflictError("NOTHING_TO_CANCEL", str(error)) from error
    except JobError as error:
        raise conflict(error) from error
    return Cancelled(status=job["status"])


def failures(call: Call) -> Failures:
    """Tell which audits failed and were not migrated since."""
    asked: FailuresParameters = call.asked
    queue = FailedAudits(call.database, call.account(asked.company_sso_id).company_sso_id)
    limit = min(asked.limit, MOST_FAILURES)
    page = queue.page(asked.after_id, limit + 1)
    shown = [Failure(**asdict(each)) for each in page[:limit]]
    if len(page) > limit:
        return Failures(failures=shown, next_after_id=shown[-1].crm_audit_id)
    return Failures(failures=shown)


def roll_back(call: Call) -> RolledBack:
    """Delete the account's migrated logs."""
    asked: AccountBody = call.asked
    account = call.account(asked.company_sso_id)
    last = last_job(call.database, account.company_sso_id)
    if last and last["status"] == "signed_off":
        raise ConflictError("SIGNED_OFF", "the account's migration is signed off")
    check_indexes(call.database)
    try:
        rollback = Rollback(call.database, account, call.service.name, call.watch)
        removed = rollback.run(Unwatched())
    except NothingToDoError as error:
        raise NotFoundError("NOTHING_TO_ROLL_BACK", str(error)) from error
    except JobAlreadyRunningError as error:
        raise conflict(error) from error
    except RollbackError as error:
        raise ApiError(500, "ROLLBACK_FAILED", str(error)) from error
    return RolledBack(records_removed=removed)


def conflict(error: JobError) -> ConflictError:
    """Translate why a job cannot be had; who holds it is not told."""
    if isinstance(error, JobHaltedError):
        return ConflictError("JOB_HALTED", f'job {error.job_id} halted: send "resume": true')
    if isinstance(error, JobAlreadyRunningError):
        message = f"job {error.job_id} of this account runs: wait for it"
        return ConflictError("JOB_ALREADY_RUNNING", message)
    return ConflictError("NOTHING_TO_RESUME", str(error))


def _check_gates(call: Call, jobs: Jobs) -> None:
    probe = last_probe(call.database, jobs.account)
    if probe and probe["passed"]:
        return
    found = "did not pass" if probe else "is missing"
    message = f"the account's last probe {found}: run `make probe` and mend what it names"
    gates = [_gate(gate) for gate in (probe or {}).get("gates", [])]
    raise PrerequisiteError(message, gates)


def _gate(gate: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a gate; not the ids behind what was found."""
    shown = {name: gate.get(name) for name in ("found", "needed", "verdict", "hint")}
    return {"gate": gate["gate"]} | {name: value for name, value in shown.items() if value}


def _text(start: datetime | None) -> str | None:
    return f"{start.isoformat()}Z" if start else None


BASE = "/private/activity_logs/crm_migration"
MIGRATIONS = (
    Operation(
        method="POST",
        path=BASE,
        name="triggerMigration",
        summary="Queue a run of an account, which a worker picks up.",
        description=RESUME,
        auth="basic",
        body=Trigger,
        answer=Triggered,
        status=202,
        errors={
            403: "`MIGRATION_DISABLED`: the account's flag is off.",
            404: "`UNKNOWN_ACCOUNT`.",
            409: "`JOB_ALREADY_RUNNING`, `JOB_HALTED` or `NOTHING_TO_RESUME`.",
            422: "`PREREQUISITE_FAILED`, with the gates of the last probe.",
            500: "`ROLLBACK_FAILED`: a rollback that was killed could not be finished.",
        },
        handle=trigger,
    ),
    Operation(
        method="GET",
        path=f"{BASE}/status",
        name="getMigrationStatus",
        summary="Tell of an account's last job.",
        description="An account without a job is `not_started`.",
        auth="basic",
        query=AccountParameters,
        answer=ServiceStatus,
        handle=status,
    ),
    Operation(
        method="POST",
        path=f"{BASE}/cancel",
        name="cancelMigration",
        summary="End an account's queued run, or stop its running one.",
        description=(
            "A running one stops after its batch and is `in_progress` until then. What it wrote "
            'stays; a trigger with `"resume": true` goes on with it.'
        ),
        auth="basic",
        body=AccountBody,
        answer=Cancelled,
        errors={
            404: "`UNKNOWN_ACCOUNT`, or `NOTHING_TO_CANCEL`: the account never had a job.",
            409: "`NOTHING_TO_CANCEL`: its last job is not in progress.",
        },
        handle=cancel,
    ),
    Operation(
        method="GET",
        path=f"{BASE}/failures",
        name="getMigrationFailures",
        summary="Tell which audits failed and were not migrated since, by audit id.",
        description=(
            "An audit stands here until it is migrated, or failed last 30 days ago. At most "
            f"{MOST_FAILURES:,} a call; `next_after_id` where there are more."
        ),
        auth="basic",
        query=FailuresParameters,
        answer=Failures,
        errors={404: "`UNKNOWN_ACCOUNT`."},
        handle=failures,
    ),
    Operation(
        method="POST",
        path=f"{BASE}/rollback",
        name="rollBackMigration",
        summary="Delete an account's migrated logs, and no other.",
        description="A rollback that was interrupted goes on with the next call.",
        auth="basic",
        body=AccountBody,
        answer=RolledBack,
        errors={
            404: "`UNKNOWN_ACCOUNT` or `NOTHING_TO_ROLL_BACK`.",
            409: "`JOB_ALREADY_RUNNING` or `SIGNED_OFF`.",
            500: "`ROLLBACK_FAILED`: something is left, or native logs changed meanwhile.",
        },
        handle=roll_back,
    ),
)
