"""The analysts' seeds as the rules read them, for one account (rule: seeds)."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ingest.shared.seeds import SEEDS, Account

ALL_ACCOUNTS = "*"


class JoinModel(NamedTuple):
    """What a join model joins: a record of a type, and a person, each by its attribute."""

    linked_type: str
    linked_key: str
    person_key: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What the seeds say.

    Attributes:
        category_map: Category and action by auditable type and audit action.
        categories: The category of each mapped type.
        status_actions: The action by type, field and id of the new status.
        persons: The types that are persons.
        person_keys: The keys that name a person in changes and comments, the first line's first.
        users: The types of actors that are CRM users.
        joins: What each join model joins.
        denied: Names of denied fields, in lower case.
        link_history: Whether persons are also found by links.
    """

    category_map: dict[tuple[str, str], tuple[str, str]]
    categories: dict[str, str]
    status_actions: dict[tuple[str, str, str], str]
    persons: frozenset[str]
    person_keys: tuple[str, ...]
    users: frozenset[str]
    joins: dict[str, JoinModel]
    denied: frozenset[str]
    link_history: bool

    @property
    def types(self) -> tuple[str, ...]:
        """The types in scope."""
        return tuple(sorted(self.categories))

    def keys_of(self, auditable_type: str) -> tuple[str, ...]:
        """Return the keys that name a person in an audit of a type; a join model's own is first."""
        join = self.joins.get(auditable_type)
        return (join.person_key, *self.person_keys) if join else self.person_keys


def read_rules(account: Account, seeds: Path = SEEDS) -> Rules:
    """Read the seeds for an account."""
    mapped = _rows(seeds / "category_map.csv")
    accounts = {row["account"]: row for row in _rows(seeds / "accounts.csv")}
    roles = _rows(seeds / "crm_types.csv")
    joins = {
        row["auditable_type"]: JoinModel(row["linked_type"], row["linked_key"], row["person_key"])
        for row in _rows(seeds / "join_models.csv")
    }
    own = {row["auditable_type"]: row["category"] for row in mapped}
    return Rules(
        category_map={
            (row["auditable_type"], row["audit_action"]): (row["category"], row["action"])
            for row in mapped
        },
        categories={type_: own[join.linked_type] for type_, join in joins.items()} | own,
        status_actions=_status_actions(_rows(seeds / "status_sets.csv"), account.company_sso_id),
        persons=frozenset(_types(roles, "person")),
        person_keys=tuple(row["key"] for row in roles if row["role"] == "person"),
        users=frozenset(_types(roles, "user")),
        joins=joins,
        denied=frozenset(row["field"].lower() for row in _rows(seeds / "denied_fields.csv")),
        link_history=accounts[account.account]["link_history"].lower() == "true",
    )


def _status_actions(
    rows: list[dict[str, str]], company_sso_id: str
) -> dict[tuple[str, str, str], str]:
    """Take the account's own lines of a type where it has some, else those of all accounts."""
    own_types = {row["auditable_type"] for row in rows if row["company_sso_id"] == company_sso_id}
    return {
        (row["auditable_type"], row["field"], row["status_id"]): row["action"]
        for row in rows
        if row["company_sso_id"]
        == (company_sso_id if row["auditable_type"] in own_types else ALL_ACCOUNTS)
    }


def _types(roles: list[dict[str, str]], role: str) -> Iterator[str]:
    return (row["auditable_type"] for row in roles if row["role"] == role)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
