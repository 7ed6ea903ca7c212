"""What support staff see, by their own session (spec §11)."""

from loaders.app.auth import VIEW_CUSTOMERS
from loaders.app.endpoint import Call, Operation
from loaders.app.jobs import last_job, told
from loaders.app.log_models import ContactLogs, ContactParameters
from loaders.app.models import SessionStatus
from loaders.app.timeline import AT_MOST_LOGS, contact_logs

FOREIGN = "`FORBIDDEN`: a `company_sso_id` parameter names another account than the session's"


def status(call: Call) -> SessionStatus:
    """Tell of the last job of the session's account."""
    return told(SessionStatus, last_job(call.database, call.session.company_sso_id))


def activity_logs(call: Call) -> ContactLogs:
    """Return a contact's logs."""
    asked: ContactParameters = call.asked
    company = call.session.company_sso_id
    return ContactLogs(activity_logs=contact_logs(call.database, company, asked.customer_id))


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
        description=f"Native and migrated, at most {AT_MOST_LOGS:,}.",
        auth="session",
        permission=VIEW_CUSTOMERS,
        query=ContactParameters,
        answer=ContactLogs,
        errors={403: f"{FOREIGN}, or the permission is missing."},
        handle=activity_logs,
    ),
)
