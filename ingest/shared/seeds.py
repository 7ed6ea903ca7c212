"""The analysts' seeds as Python needs them: accounts, names, denied fields (rule: seeds)."""

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
    """Return the auditable types in scope, sorted: those of the category map and join models."""
    mapped = {auditable_type for auditable_type, _ in read_mapped_pairs(seeds)}
    return tuple(sorted(mapped | read_join_models(seeds)))


def read_mapped_pairs(seeds: Path = SEEDS) -> frozenset[tuple[str, str]]:
    """Return the types and actions of ``category_map.csv`` (rule: seeds)."""
    rows = _rows(seeds / "category_map.csv")
    return frozenset((row["auditable_type"], row["audit_action"]) for row in rows)


def read_join_models(seeds: Path = SEEDS) -> frozenset[str]:
    """Return the types of ``join_models.csv``, which link a record to a person (rule: seeds)."""
    return frozenset(row["auditable_type"] for row in _rows(seeds / "join_models.csv"))


def read_person_types(seeds: Path = SEEDS) -> tuple[str, ...]:
    """Return the classes with the role ``person``, each once (rule: seeds)."""
    return _types_of("person", seeds)


def read_user_types(seeds: Path = SEEDS) -> tuple[str, ...]:
    """Return the classes with the role ``user``, each once (rule: seeds)."""
    return _types_of("user", seeds)


def read_denied_fields(seeds: Path = SEEDS) -> frozenset[str]:
    """Return the attributes that never reach MongoDB, in lower case (rule: denied fields)."""
    return frozenset(row["field"].lower() for row in _rows(seeds / "denied_fields.csv"))


def read_lines(seed: str, seeds: Path = SEEDS) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the lines of a seed with their numbers; the headings are line 1."""
    yield from enumerate(_rows(seeds / f"{seed}.csv"), start=2)


def _types_of(role: str, seeds: Path) -> tuple[str, ...]:
    lines = read_lines("crm_types", seeds)
    return tuple(sorted({row["auditable_type"] for _, row in lines if row["role"] == role}))


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
