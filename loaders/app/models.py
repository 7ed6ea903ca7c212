"""What the endpoints take and give; the OpenAPI document is made of these (rule: http)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from loaders.app.fields import Int64, Key, Start, Utc

JobStatus = Literal[
    "in_progress",
    "completed",
    "failed",
    "halted",
    "cancelled",
    "rolling_back",
    "rolled_back",
    "rollback_failed",
    "signed_off",
    "not_started",
]


class Asked(BaseModel):
    """What a caller sends: no member more, no type bent."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Parameters(BaseModel):
    """Parameters of a GET; others are ignored."""

    model_config = ConfigDict(strict=True)


class Answer(BaseModel):
    """What the app answers; members without a value are left out."""


class Trigger(Asked):
    """Asks for a run of an account."""

    company_sso_id: Key
    date_range_start: Start | None = Field(
        None,
        description="Start of the scope; older audits are counted and left. A resumed run keeps its own.",
    )
    resume: bool = Field(
        False,
        description="Go on with the account's last job, which halted, failed or was cancelled.",
    )


class Triggered(Answer):
    """The job that a worker will pick up."""

    job_id: str
    status: Literal["in_progress"]


class AccountParameters(Parameters):
    """Names an account."""

    company_sso_id: Key


class AccountBody(Asked):
    """Names an account."""

    company_sso_id: Key


class Cancelled(Answer):
    """What became of the job: still `in_progress` until its worker has stopped it."""

    status: Literal["cancelled", "in_progress"]


class FailuresParameters(Parameters):
    """A page of an account's failed audits."""

    company_sso_id: Key
    after_id: Int64 | None = Field(
        None, strict=False, description="The last id of the page before."
    )
    limit: int = Field(500, strict=False, ge=1, le=5_000)


class Failure(Answer):
    """An audit that should have been migrated and could not be yet."""

    crm_audit_id: int
    reason: str
    job_id: str
    times_tried: int
    first_failed_at: Utc
    failed_at: Utc


class Failures(Answer):
    """A page of failed audits, by id."""

    failures: list[Failure]
    next_after_id: int | None = None


class RolledBack(Answer):
    """What a rollback deleted."""

    records_removed: int


class Counts(Answer):
    """What became of the audits so far."""

    source: int = 0
    staged: int = 0
    migrated: int = 0
    already_present: int = 0
    skipped: int = 0
    failed: int = 0


class SessionStatus(Answer):
    """What support staff see of the account's last job."""

    status: JobStatus
    phase: str | None = None
    progress_pct: float | None = None
    counts: Counts | None = None
    started_at: Utc | None = None
    updated_at: Utc | None = None
    finished_at: Utc | None = None


class ServiceStatus(SessionStatus):
    """All that is told of the account's last job."""

    job_id: str | None = None
    account: str | None = None
    requested_by: str | None = None
    date_range_start: str | None = None
    cutoff: Utc | None = None
    last_audit_id: int | None = None
    progress_at: Utc | None = None
    not_before: Utc | None = Field(None, description="Until when a run waits for what is away.")
    reasons: dict[str, int] | None = None
    failure_rate: float | None = None
    accuracy_pct: float | None = None
    explained_pct: float | None = None
    eligible_accuracy_pct: float | None = None
    fidelity_pct: float | None = None
    current_pct: float | None = None
    drift: dict[str, int] | None = Field(
        None, description="Drifted documents by their first cause."
    )
    can_sign_off: bool | None = None
    blockers: list[str] | None = Field(None, description="What stands in the way of a sign-off.")
    error: str | None = None


class Health(Answer):
    """The process answers."""

    status: Literal["ok", "ready"]


class Gate(Answer):
    """One gate of the last probe (rule: gates)."""

    gate: str
    found: str | None = None
    needed: str | None = None
    verdict: Literal["pass", "warn", "fail"]
    hint: str | None = None


class Fault(Answer):
    """What went wrong: a code for programs and a message for people."""

    code: str
    message: str
    path: str | None = Field(None, description="Where in the request the fault is.")
    gates: list[Gate] | None = Field(None, description="With PREREQUISITE_FAILED.")


class ErrorAnswer(Answer):
    """Any error."""

    error: Fault
