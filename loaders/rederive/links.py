"""Which person was linked to a record at a time, by the join models' audits (spec §8.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loaders.rederive.contact import person_id
from loaders.rederive.facts import Audit
from loaders.rederive.parsing import read

# The audited type, the join model that links it to persons, and its foreign key there.
JOINS = {
    "CrmLead": ("CrmLeadPerson", "crm_lead_id"),
    "CrmDeal": ("CrmDealPerson", "crm_deal_id"),
    "CrmTicket": ("CrmTicketPerson", "crm_ticket_id"),
    "CrmTask": ("CrmTaskPerson", "crm_task_id"),
    "CrmCompany": ("CrmCompanyPerson", "crm_company_id"),
}
JOIN_MODELS = frozenset(join for join, _ in JOINS.values())
FOREIGN_KEYS = dict(JOINS.values())


@dataclass(frozen=True, slots=True)
class Link:
    """A person linked to a record, by the audit ``made_by``; times in microseconds since 1970.

    ``until`` is none where the link is still open.
    """

    join_model: str
    record_id: int
    person_id: int
    made_by: int
    since: int
    until: int | None


def derived_links(join_audits: Iterable[Audit]) -> list[Link]:
    """Read the links out of the audits of join models: create opens one, destroy closes it."""
    timed = [audit for audit in join_audits if audit.created_at is not None]
    ends: dict[tuple[str, int | None], list[int]] = {}
    for audit in timed:
        if audit.action == "destroy":
            ends.setdefault(_row(audit), []).append(_time(audit))
    opened = (_opened(a, sorted(ends.get(_row(a), []))) for a in timed if a.action == "create")
    return [link for link in opened if link is not None]


def linked_person(audit: Audit, links: Sequence[Link]) -> int | None:
    """Return the person of the earliest link that was open at the audit's time.

    A link is open from the instant of its create until that of its destroy.
    """
    if audit.auditable_type not in JOINS or audit.created_at is None:
        return None
    join_model, _ = JOINS[audit.auditable_type]
    at = _time(audit)
    opened = [
        link
        for link in links
        if link.join_model == join_model
        and link.record_id == audit.auditable_id
        and link.since <= at
        and (link.until is None or at < link.until)
    ]
    return min(opened, key=lambda link: (link.since, link.made_by)).person_id if opened else None


def naming(record_ids: Iterable[int]) -> str:
    """Return the pattern of a text that names one of the records, among other numbers or not."""
    return rf"(^|[^0-9])({'|'.join(map(str, record_ids))})([^0-9]|$)"


def _opened(audit: Audit, ends: Sequence[int]) -> Link | None:
    members = read(audit.audited_changes).members
    record = person_id(members.get(FOREIGN_KEYS[audit.auditable_type]))
    person = person_id(members.get("crm_person_id"))
    if record is None or person is None:
        return None
    since = _time(audit)
    until = next((end for end in ends if end >= since), None)
    return Link(audit.auditable_type, record, person, audit.id, since, until)


def _row(audit: Audit) -> tuple[str, int | None]:
    return audit.auditable_type, audit.auditable_id


def _time(audit: Audit) -> int:
    return audit.created_at_us or 0
