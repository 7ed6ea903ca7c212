"""The analysts' seeds as the rules read them, for one account (rule: seeds)."""

import csv
from dataclasses import dataclass
from pathlib import Path

from ingest.shared.seeds import SEEDS, Account

ALL_ACCOUNTS = "*"
PERSON = "Person"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the seeds say.

    Attributes:
        category_map: Category and action by auditable type and audit action.
        categories: The category of each mapped type.
        status_actions: The action by type, field and id of the new status.
        joins: The type that each join model links to persons: a mapped type and ``Person``.
        denied: Names of denied fields, in lower case.
        link_history: Whether persons are also found by links.
    """

    category_map: dict[tuple[str, str], tuple[str, str]]
    categories: dict[str, str]
    status_actions: dict[tuple[str, str, str], str]
    joins: dict[str, str]
    denied: frozenset[str]
    link_history: bool

    @property
    def types(self) -> tuple[str, ...]:
        """The mapped types: those in scope."""
        return tuple(sorted(self.categories))


def read_rules(account: Account, seeds: Path = SEEDS) -> Rules:
    """Read the seeds for an account."""
    mapped = _rows(seeds / "category_map.csv")
    accounts = {row["account"]: row for row in _rows(seeds / "accounts.csv")}
    types = {row["auditable_type"] for row in mapped}
    return Rules(
        category_map={
            (row["auditable_type"], row["audit_action"]): (row["category"], row["action"])
            for row in mapped
        },
        categories={row["auditable_type"]: row["category"] for row in mapped},
        status_actions=_status_actions(_rows(seeds / "status_sets.csv"), account.company_sso_id),
        joins={f"{type_}{PERSON}": type_ for type_ in types if f"{type_}{PERSON}" in types},
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


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
