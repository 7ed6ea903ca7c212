"""Gathers what the rules need to know about a sample of audits (rules: contact, actor)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from loaders.verify.rederive.actor import normal_email
from loaders.verify.rederive.contacts import CdpContacts, Contacts, IdMap
from loaders.verify.rederive.derivation import derived
from loaders.verify.rederive.facts import Audit, CrmUser, Erased, Known
from loaders.verify.rederive.landed import Landed
from loaders.verify.rederive.links import Joins, derived_links, linked_person
from loaders.verify.rederive.rules import Rules
from loaders.verify.rederive.source import Source


class Users(Protocol):
    """Who can tell of users and links: PostgreSQL, or the staged tables."""

    def users(self, ids: Collection[int]) -> dict[int, CrmUser]:
        """Return CRM users by their id."""

    def join_audits(self, types: Collection[str], record_ids: Collection[int]) -> list[Audit]:
        """Return the audits that link and unlink some records."""


class Persons(Protocol):
    """Who can tell of contacts: MongoDB, or the staged tables."""

    def contacts(self, person_ids: Collection[int]) -> Contacts:
        """Return the contacts' ids by ``source_id``."""

    def id_map(self, person_ids: Collection[int]) -> IdMap:
        """Return the contacts' ids by person."""

    def erased(self) -> Erased:
        """Return who was to be forgotten."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Everything that knows something."""

    source: Source
    cdp: CdpContacts
    landed: Landed


def known_now(origins: Origins, audits: Sequence[Audit], rules: Rules) -> Known:
    """Return what PostgreSQL and MongoDB know now; only USMAN's answers are the landed ones."""
    return known_of(origins.source, origins.cdp, origins.landed, audits, rules)


def known_then(origins: Origins, audits: Sequence[Audit], rules: Rules) -> Known:
    """Return what the extract landed."""
    return known_of(origins.landed, origins.landed, origins.landed, audits, rules)


def known_of(
    users: Users, persons: Persons, landed: Landed, audits: Sequence[Audit], rules: Rules
) -> Known:
    """Return what some tell of users and persons, and the landed answers of USMAN."""
    acting = {audit.user_id for audit in audits if audit.user_type in rules.users}
    actors = users.users({user_id for user_id in acting if user_id is not None})
    emails = {normal_email(user.email) for user in actors.values()}
    known = Known(
        users=actors,
        sso_users=landed.sso_users(emails),
        linked_persons=_linked_persons(users, audits, rules.joins) if rules.link_history else {},
    )
    found = (derived(audit, rules, known, "").person for audit in audits)
    ids = {person.id for person in found if person is not None}
    return replace(
        known,
        contacts=persons.contacts(ids),
        id_map=persons.id_map(ids),
        erased=persons.erased(),
    )


def _linked_persons(users: Users, audits: Sequence[Audit], joins: Joins) -> dict[int, int]:
    linked_types = {join.linked_type for join in joins.values()}
    records = [audit for audit in audits if audit.auditable_type in linked_types]
    record_ids = {audit.auditable_id for audit in records if audit.auditable_id is not None}
    if not record_ids:
        return {}
    links = derived_links(users.join_audits(joins, record_ids), joins)
    persons = {audit.id: linked_person(audit, links) for audit in records}
    return {audit_id: person for audit_id, person in persons.items() if person is not None}
