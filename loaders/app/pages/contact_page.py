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
from loaders.app.pages.change_list import LONGEST_NAME, are_cut, changes_html, cut
from loaders.app.pages.labels import Labels
from loaders.app.pages.log_wish import LogWish, categories_of
from loaders.app.pages.rendering import streamed
from loaders.app.pages.visits import Visit
from loaders.app.timeline import Contact, contact_logs, whole_log

CONTACTS = "contacts"
TAG = "crm_migration"
NO_DAY = ""
LOGS_A_PAGE = 300
MARKUP_BYTES = 1_500  # of a log without its changes, at most


@dataclass(frozen=True, slots=True)
class Day:
    """The logs of one UTC day, newest first; ``date`` is none where a log has no time."""

    date: datetime | None
    logs: Sequence[ContactLog]


def is_cut(log: ContactLog) -> bool:
    """Tell whether the timeline does not show all of a log."""
    return log.is_short or are_cut(log.changes)


def timeline(visit: Visit) -> Response:
    """Show a contact of the session's account."""
    session = session_caller(visit.request, visit.settings, VIEW_CUSTOMERS)
    asked = visit.request.query_params
    wish, after_id = LogWish.of(asked), asked.get("after_id")
    every = Contact(session.company_sso_id, visit.request.path_params["customer_id"])
    contact = every._replace(also=wish.conditions)
    found = _contact(visit.database, contact)
    page = contact_logs(visit.database, contact, _html_bytes, after_id=after_id, limit=LOGS_A_PAGE)
    categories = categories_of(visit.database, every)
    if found is None and not categories and not page.logs:
        raise NotFoundError("UNKNOWN_CONTACT", "the account has no such contact")
    content = {
        "name": _name(found, contact),
        "customer_id": contact.customer_id,
        "banner": banner(visit.database, contact.company_sso_id, visit.settings.banner_poll_s),
        "days": _days(page.logs),
        "log_count": len(page.logs),
        "after_id": after_id,
        "next_after_id": page.next_after_id,
        "is_cut": is_cut,
        "marked": set(_first_of_runs(page.logs)),
        "wish": wish,
        "categories": categories,
        "labels": Labels.of(visit.settings.seeds, visit.request.headers.get("Accept-Language", "")),
    }
    return streamed("contact.html.j2", content)


def whole(visit: Visit) -> Response:
    """Show one log of a contact with all that it holds."""
    session = session_caller(visit.request, visit.settings, VIEW_CUSTOMERS)
    parameters = visit.request.path_params
    contact = Contact(session.company_sso_id, parameters["customer_id"])
    log = whole_log(visit.database, contact, parameters["log_id"])
    if log is None:
        raise NotFoundError("UNKNOWN_LOG", "the contact has no such log")
    name = _name(_contact(visit.database, contact), contact)
    return streamed("log.html.j2", {"log": log, "name": name, "customer_id": contact.customer_id})


def _first_of_runs(logs: Sequence[ContactLog]) -> Iterator[str]:
    """Yield each migrated log that follows none: one mark in full is enough for a run of them."""
    before: Any = None
    for log in logs:
        if log.source_tag == TAG and before != TAG:
            yield log.id
        before = log.source_tag


def _html_bytes(log: ContactLog) -> int:
    return MARKUP_BYTES + len(changes_html(log.changes).encode("utf-8", "backslashreplace"))


def _name(found: dict[str, Any] | None, contact: Contact) -> str:
    name = (found or {}).get("name")
    return cut(str(name) if name else f"Contact {contact.customer_id}", LONGEST_NAME)


def _contact(database: CdpDatabase, contact: Contact) -> dict[str, Any] | None:
    ids: list[Any] = [contact.customer_id]
    if ObjectId.is_valid(contact.customer_id):
        ids.append(ObjectId(contact.customer_id))
    query = {"company_sso_id": contact.company_sso_id, "_id": {"$in": ids}}
    return database[CONTACTS].find_one(query, {"name": 1})


def _days(logs: Sequence[ContactLog]) -> Iterator[Day]:
    for date, of_day in groupby(logs, _date):
        yield Day(datetime.fromisoformat(date) if date else None, list(of_day))


def _date(log: ContactLog) -> str:
    """Return the day of a log's time, which is UTC; none where it is not a time at all."""
    moment = log.created_at
    if not (isinstance(moment, str) and moment.endswith("Z")):
        return NO_DAY
    try:
        return datetime.fromisoformat(moment).date().isoformat()
    except ValueError:
        return NO_DAY
