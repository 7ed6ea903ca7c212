"""What support staff see, by their own session (rule: http)."""

import orjson

from loaders.app.auth import VIEW_CUSTOMERS
from loaders.app.endpoint import Call, Operation
from loaders.app.errors import NotFoundError
from loaders.app.jobs import last_job, told
from loaders.app.log_models import ContactLog, ContactLogs, ContactParameters
from loaders.app.models import SessionStatus
from loaders.app.timeline import AT_MOST_LOGS, Contact, contact_logs, whole_log

FOREIGN = "`FORBIDDEN`: a `company_sso_id` parameter names another account than the session's"


def status(call: Call) -> SessionStatus:
    """Tell of the last job of the session's account."""
    return told(SessionStatus, last_job(call.database, call.session.company_sso_id))


def activity_logs(call: Call) -> ContactLogs:
    """Return a page of a contact's logs, or one of them whole."""
    asked: ContactParameters = call.asked
    contact = Contact(call.session.company_sso_id, asked.customer_id)
    if asked.log_id:
        log = whole_log(call.database, contact, asked.log_id)
        if log is None:
            raise NotFoundError("UNKNOWN_LOG", "the contact has no log with this log_id")
        return ContactLogs(activity_logs=[log])
    found = contact_logs(
        call.database, contact, _json_bytes, after_id=asked.after_id, limit=asked.limit
    )
    page = ContactLogs(activity_logs=found.logs)
    if found.next_after_id:
        page.next_after_id = found.next_after_id
    return page


def _json_bytes(log: ContactLog) -> int:
    return len(orjson.dumps(log.model_dump(exclude_unset=True)))


SESSIONS = (
    Operation(
        method="GET",
        path="/iag/v1/crm_migration/status",
        also_at="/v1/crm_migration/status",
        name="getOwnMigrationStatus",
        summary="Tell of the last job of the session's account.",
        description=f"Needs the permission `{VIEW_CUSTOMERS}`.",
        auth="session",
        permission=VIEW_CUSTOMERS,
        answer=SessionStatus,
        errors={403: f"{FOREIGN}, or the permission is missing."},
        handle=status,
    ),
    Operation(
        method="GET",
        path="/iag/v1/activity_logs",
        also_at="/v1/activity_logs",
        name="listActivityLogs",
        summary="List a contact's activity logs, newest first.",
        description=(
            f"Native and migrated, at most {AT_MOST_LOGS:,} and half a megabyte a call; "
            "`next_after_id` where there are more."
        ),
        auth="session",
        permission=VIEW_CUSTOMERS,
        query=ContactParameters,
        answer=ContactLogs,
        errors={
            403: f"{FOREIGN}, or the permission is missing.",
            404: "`UNKNOWN_LOG`: the contact has no log with this `log_id` or `after_id`.",
        },
        handle=activity_logs,
    ),
)
