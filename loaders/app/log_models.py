"""Activity logs as the endpoints take and give them (rules: document, http)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from loaders.app.fields import Count, Int64, Json, Key, Moment, Text
from loaders.app.models import Answer, Asked, Parameters

AT_MOST_RECORDS = 20
EXTERNAL_ID = r"^crm_audit_-?[0-9]{1,19}$"


class Actor(Asked):
    """Who did it (rule: document)."""

    type: Literal["user", "deactivated", "deleted", "other", "system", "unknown"]
    name: Text | None = None
    crm_user_id: Int64 | None = None


class Change(Asked):
    """One changed attribute; values keep their types."""

    field: Annotated[str, Field(min_length=1)]
    from_: Json = Field(None, alias="from")
    to: Json = None


class Metadata(Asked):
    """Where a migrated log comes from; ``content_hash`` is always computed anew."""

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
    """One migrated activity log, whole (rule: document)."""

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
        Literal[
            "duplicate_external_id",
            "no_changes",
            "erased",
            "foreign_document",
            "document_too_large",
            "write_error",
        ]
        | None
    ) = None
    denied_fields: list[str] = Field(
        default=[], description="Denied fields that it held and that were dropped: their names."
    )


class RecordResults(Answer):
    """What became of each record, in the order of the request."""

    inserted: int
    skipped: int
    failed: int
    results: list[RecordResult]


class ContactParameters(Parameters):
    """Names a contact of the session's account, and which of its logs are wanted."""

    customer_id: Key
    after_id: Key | None = Field(None, description="The last log of the page before.")
    limit: Count = Field(5_000, description="The most logs; there may be fewer for their size.")
    log_id: Key | None = Field(None, description="Only this log, and whole.")


class ContactLog(Answer):
    """One activity log; the members from `source_tag` on only where the log has them."""

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
    is_short: bool = Field(
        False, description="Its long values are shortened; `log_id` gives the log whole."
    )


class ContactLogs(Answer):
    """A contact's logs, newest first."""

    activity_logs: list[ContactLog]
    next_after_id: str | None = Field(
        default=None, description="`after_id` of the next page; absent where there is none."
    )
