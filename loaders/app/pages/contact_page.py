"""The contact timeline: what happened to a contact, by day, newest first (rule: pages)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from bson import ObjectId
from starlette.responses import Response

from ingest.shared.mongo import CdpDatabase
from loaders.app.auth import VIEW_CUSTOMERS, session_caller
from loaders.app.errors import NotFoundError
from loaders.app.log_models import ContactLog
from loaders.app.pages.banner import banner
from loaders.app.pages.rendering import streamed
from loaders.app.pages.visits import Visit
from loaders.app.timeline import AT_MOST_LOGS, contact_logs

CONTACTS = "contacts"
NO_DAY = ""


@dataclass(frozen=True, slots=True)
class Day:
    """The logs of one UTC day, newest first; ``date`` is none where a log has no time."""

    date: datetime | None
    logs: Sequence[ContactLog]


def timeline(visit: Visit) -> Response:
    """Show a contact of the session's account."""
    session = session_caller(visit.request, visit.settings, VIEW_CUSTOMERS)
    customer_id: str = visit.request.path_params["customer_id"]
    company = session.company_sso_id
    contact = _contact(visit.database, company, customer_id)
    logs = contact_logs(visit.database, company, customer_id)
    if contact is None and not logs:
        raise NotFoundError("UNKNOWN_CONTACT", "the account has no such contact")
    content = {
        "name": (contact or {}).get("name") or f"Contact {customer_id}",
        "banner": banner(visit.database, company, visit.settings.banner_poll_s),
        "days": _days(logs),
        "log_count": len(logs),
        "is_cut": len(logs) == AT_MOST_LOGS,
    }
    return streamed("contact.html.j2", content)


def _contact(database: CdpDatabase, company: str, customer_id: str) -> dict[str, Any] | None:
    ids: list[Any] = [customer_id]
    if ObjectId.is_valid(customer_id):
        ids.append(ObjectId(customer_id))
    query = {"company_sso_id": company, "_id": {"$in": ids}}
    return database[CONTACTS].find_one(query, {"name": 1})


def _days(logs: Sequence[ContactLog]) -> Iterator[Day]:
    for date, of_day in groupby(logs, _date):
        yield Day(datetime.fromisoformat(date) if date else None, list(of_day))


def _date(log: ContactLog) -> str:
    """Return the day of a log's time, which is UTC; none where it is not a time at all."""
    moment = log.created_at
    is_time = isinstance(moment, str) and moment.endswith("Z")
    return moment[:10] if is_time else NO_DAY
