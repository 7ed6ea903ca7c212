"""The analysts' seeds that the loading stage needs: accounts and mapped types (spec §5)."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from loaders.errors import InvalidSeedError, UnknownAccountError
from loaders.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"


@dataclass(frozen=True, slots=True)
class Account:
    """One row of ``accounts.csv``: one CRM organization, one ``company_sso_id`` in the CDP."""

    account: str
    company_sso_id: str
    crm_organization_id: int
    migration_enabled: bool
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
    """Return the auditable types of ``category_map.csv``, sorted: those in scope (spec §1)."""
    return tuple(sorted({row["auditable_type"] for row in _rows(seeds / "category_map.csv")}))


def read_denied_fields(seeds: Path = SEEDS) -> frozenset[str]:
    """Return the attributes that never reach MongoDB, in lower case (spec §8.6)."""
    return frozenset(row["field"].lower() for row in _rows(seeds / "denied_fields.csv"))


def seed_hashes(seeds: Path = SEEDS) -> dict[str, str]:
    """Return the SHA-256 of every seed by its file name, for the report (spec §10)."""
    paths = sorted(seeds.glob("*.csv"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _account(line: int, row: dict[str, str]) -> Account:
    if not row["crm_organization_id"].isdecimal():
        raise InvalidSeedError("accounts.csv", line, "crm_organization_id is no number")
    return Account(
        account=row["account"],
        company_sso_id=row["company_sso_id"],
        crm_organization_id=int(row["crm_organization_id"]),
        migration_enabled=row["migration_enabled"].lower() == "true",
        display_name=row["display_name"],
    )
