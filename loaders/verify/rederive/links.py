"""Which person was linked to a record at a time, by the join models' audits (rule: contact)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from loaders.verify.rederive.changes import derived_changes
from loaders.verify.rederive.contact import person_in
from loaders.verify.rederive.facts import Audit
from loaders.verify.rederive.parsing import read
from loaders.verify.rederive.rules import JoinModel

Joins = Mapping[str, JoinModel]
"""What each join model joins."""


@dataclass(frozen=True, slots=True)
class Link:
    """A person linked to a record, by the audit ``made_by``; times in microseconds since 1970.

    ``until`` is none where the link is still open.
    """

    linked_type: str
    record_id: int
    person_id: int
    made_by: int
    since: int
    until: int | None


def derived_links(join_audits: Iterable[Audit], joins: Joins) -> list[Link]:
    """Read the links out of the audits of join models: create opens one, destroy closes it."""
    timed = [audit for audit in join_audits if audit.created_at_us is not None]
    rows = groupby(sorted(timed, key=_row), key=_row)
    links = (_link(list(audits), joins) for _, audits in rows)
    return [link for link in links if link is not None]


def linked_person(audit: Audit, links: Sequence[Link]) -> int | None:
    """Return the person of the earliest link that was open at the audit's time.

    A link is open from the instant of its create until that of its destroy.
    """
    if audit.created_at_us is None:
        return None
    at = audit.created_at_us
    opened = [
        link
        for link in links
        if (link.linked_type, link.record_id) == (audit.auditable_type, audit.auditable_id)
        and link.since <= at
        and (link.until is None or at < link.until)
    ]
    return min(opened, key=lambda link: (link.since, link.made_by)).person_id if opened else None


def naming(record_ids: Iterable[int]) -> str:
    """Return the pattern of a text that names one of the records, among other numbers or not."""
    return rf"(^|[^0-9])0*({'|'.join(map(str, record_ids))})([^0-9]|$)"


def _link(row_audits: Sequence[Audit], joins: Joins) -> Link | None:
    """Return the link that one row of a join model was.

    A merged row is an update that has swallowed the create: without a create the first
    audit that names both sides opens the link.
    """
    in_order = sorted(row_audits, key=lambda audit: (audit.created_at_us, audit.id))
    openings = [link for audit in in_order if (link := _opening(audit, in_order, joins))]
    creates = {audit.id for audit in in_order if audit.action == "create"}
    first = [link for link in openings if link.made_by in creates] or openings
    return first[0] if first else None


def _opening(audit: Audit, row_audits: Sequence[Audit], joins: Joins) -> Link | None:
    join = joins[audit.auditable_type]
    if audit.action == "destroy" or audit.created_at_us is None:
        return None
    changes = derived_changes(audit.action, read(audit.audited_changes).members, ())
    record = person_in(changes, join.linked_key)
    person = person_in(changes, join.person_key)
    if record is None or person is None:
        return None
    ends = (other.created_at_us for other in row_audits if other.action == "destroy")
    until = next(ends, None)
    return Link(join.linked_type, record, person, audit.id, audit.created_at_us, until)


def _row(audit: Audit) -> tuple[Any, ...]:
    return audit.auditable_type, audit.auditable_id is None, audit.auditable_id or 0
