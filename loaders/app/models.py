"""What the endpoints take and give; the OpenAPI document is made of these (spec §11)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from loaders.app.fields import Int64, Json, Key, Moment, Start, Text, Utc

AT_MOST_RECORDS = 20
EXTERNAL_ID = r"^crm_audit_-?[0-9]{1,19}$"
JobStatus = Literal[
    "in_progress",
    "completed",
    "failed",
    "halted",
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
        None, description="Start of the scope; older audits are counted and left."
    )
    resume: bool = Field(
        False, description="Go on with the account's last job, which halted or failed."
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
    reasons: dict[str, int] | None = None
    failure_rate: float | None = None
    accuracy_pct: float | None = None
    explained_pct: float | None = None
    eligible_accuracy_pct: float | None = None
    fidelity_pct: float | None = None
    error: str | None = None


class Actor(Asked):
    """Who did it (spec §3)."""

    type: Literal["user", "deactivated", "deleted", "other", "system", "unknown"]
    name: Text | None = None
    crm_user_id: Int64 | None = None


class Change(Asked):
    """One changed attribute; values keep their types."""

    field: Annotated[str, Field(min_length=1)]
    from_: Json = Field(None, alias="from")
    to: Json = None


class Metadata(Asked):
    """Where a migrated log comes from; ``content_hash`` is always computed anew (spec §3)."""

    crm_audit_id: Int64
    auditable_type: Key
    auditable_id: Int64 | None = None
    associated_type: Key | None = None
    associated_id: Int64 | None = None
    crm_person_id: Int64 | None = None
    audit_action: Key
    version: Int64 | None = None
    comment: str | None = None
    remote_address: Text | None = None
    request_uuid: Text | None = None
    contact_source: Text | None = None
    parser: Text | None = None
    job_id: Key | None = Field(None, description="The job that made the record.")
    content_hash: Text | None = Field(None, description="Ignored: it is computed anew.")


class Record(Asked):
    """One migrated activity log, whole (spec §3)."""

    company_sso_id: Key
    external_id: Annotated[str, Field(pattern=EXTERNAL_ID)]
    source_tag: Literal["crm_migration"]
    customer_id: Key
    category: Key
    action: Key
    user_id: Key | None = None
    actor: Actor
    changes: list[Change]
    created_at: Moment
    metadata: Metadata


class Records(Asked):
    """A few migrated activity logs."""

    records: Annotated[list[Record], Field(min_length=1, max_length=AT_MOST_RECORDS)]


class RecordResult(Answer):
    """What became of one record."""

    external_id: str
    status: Literal["inserted", "skipped", "failed"]
    reason: (
        Literal["duplicate_external_id", "content_conflict", "document_too_large", "write_error"]
        | None
    ) = None


class RecordResults(Answer):
    """What became of each record, in the order of the request."""

    inserted: int
    skipped: int
    failed: int
    results: list[RecordResult]


class ContactParameters(Parameters):
    """Names a contact of the session's account."""

    customer_id: Key


class ContactLog(Answer):
    """One activity log; the last three members only where the log has them."""

    id: str
    customer_id: Any = None
    category: Any = None
    action: Any = None
    user_id: Any = None
    actor: Any = None
    changes: Any = None
    created_at: Any = None
    source_tag: Any = None
    external_id: Any = None
    metadata: Any = None


class ContactLogs(Answer):
    """A contact's logs, newest first."""

    activity_logs: list[ContactLog]


class Health(Answer):
    """The process answers."""

    status: Literal["ok", "ready"]


class Gate(Answer):
    """One gate of the last probe (spec §6)."""

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
