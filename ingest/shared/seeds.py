"""The analysts' seeds as Python needs them: accounts, mapped types, denied fields (rule: seeds)."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.shared.errors import InvalidSeedError, UnknownAccountError
from ingest.shared.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"


@dataclass(frozen=True, slots=True)
class Account:
    """One row of ``accounts.csv``: one CRM organization, one ``company_sso_id`` in the CDP."""

    account: str
    company_sso_id: str
    crm_organization_id: int
    migration_enabled: bool
    link_history: bool
    display_name: str


def read_accounts(seeds: Path = SEEDS) -> dict[str, Account]:
    """Return every account by its slug.

    Raises:
        InvalidSeedError: A line has no organization.
    """
    rows = _rows(seeds / "accounts.csv")
    return {row["account"]: _account(line, row) for line, row in enumerate(rows, start=2)}


def find_account(name: str, seeds: Path = SEEDS) -> Account:
    """Return one account.

    Raises:
        UnknownAccountError: The seed has no such slug; the error lists those it has.
    """
    accounts = read_accounts(seeds)
    if name not in accounts:
        raise UnknownAccountError(name, accounts)
    return accounts[name]


def read_mapped_types(seeds: Path = SEEDS) -> tuple[str, ...]:
    """Return the auditable types of ``category_map.csv``, sorted: those in scope."""
    return tuple(sorted({row["auditable_type"] for row in _rows(seeds / "category_map.csv")}))


def read_mapped_pairs(seeds: Path = SEEDS) -> frozenset[tuple[str, str]]:
    """Return the types and actions of ``category_map.csv`` (rule: seeds)."""
    rows = _rows(seeds / "category_map.csv")
    return frozenset((row["auditable_type"], row["audit_action"]) for row in rows)


def read_denied_fields(seeds: Path = SEEDS) -> frozenset[str]:
    """Return the attributes that never reach MongoDB, in lower case (rule: denied fields)."""
    return frozenset(row["field"].lower() for row in _rows(seeds / "denied_fields.csv"))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def _account(line: int, row: dict[str, str]) -> Account:
    if not row["crm_organization_id"].isdecimal():
        raise InvalidSeedError("accounts.csv", line, "crm_organization_id is no number")
    return Account(
        account=row["account"],
        company_sso_id=row["company_sso_id"],
        crm_organization_id=int(row["crm_organization_id"]),
        migration_enabled=row["migration_enabled"].lower() == "true",
        link_history=row["link_history"].lower() == "true",
        display_name=row["display_name"],
    )
