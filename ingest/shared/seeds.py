"""The analysts' seeds as Python needs them: accounts, names, denied fields (rule: seeds)."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ingest.shared.errors import InvalidSeedError, UnknownAccountError
from ingest.shared.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"
# It names a folder below `var`, beside those of everybody, and a schema of the lake.
SLUG = re.compile(r"(?!(?:demo|lake|overview|tmp)$|-)[a-z0-9-]{1,60}")
LARGEST_ID = 2**63


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
        InvalidSeedError: The file cannot be read, a line is short, or a slug, a company or an
            organization is none or is another line's.
    """
    rows = list(_rows(seeds / "accounts.csv"))
    accounts = [_account(line, row) for line, row in enumerate(rows, start=2)]
    _check_once([account.account for account in accounts], "account")
    _check_once([account.company_sso_id for account in accounts], "company_sso_id")
    return {account.account: account for account in accounts}


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


def read_labels(seeds: Path = SEEDS) -> dict[str, dict[tuple[str, str], str]]:
    """Return the labels of each language by field and value; none without the file (rule: seeds)."""
    labels: dict[str, dict[tuple[str, str], str]] = {}
    if (seeds / "labels.csv").exists():
        for row in _rows(seeds / "labels.csv"):
            of_language = labels.setdefault(row["language"], {})
            of_language[row["field"], row["value"]] = row["label"]
    return labels


def read_lines(seed: str, seeds: Path = SEEDS) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the lines of a seed with their numbers; the headings are line 1."""
    yield from enumerate(_rows(seeds / f"{seed}.csv"), start=2)


def check_lines(seeds: Path = SEEDS) -> None:
    """Read every line of every seed, so that one that is no line of it is said before dbt meets it.

    Raises:
        InvalidSeedError: A file cannot be read, or a line has too few values or too many.
    """
    for path in sorted(seeds.glob("*.csv")):
        for _ in _rows(path):
            pass


def _types_of(role: str, seeds: Path) -> tuple[str, ...]:
    lines = read_lines("crm_types", seeds)
    return tuple(sorted({row["auditable_type"] for _, row in lines if row["role"] == role}))


class _Row(dict[str, str]):
    """A line of a seed by its columns."""

    def __init__(self, path: Path, line: int, values: dict[str, str]) -> None:
        super().__init__(values)
        self._path = path
        if "" in values or None in values.values():
            _refuse(path, line, "it has not as many values as line 1 has headings")

    def __missing__(self, column: str) -> NoReturn:
        _refuse(self._path, 1, f"the heading {column} is missing")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), restkey="", strict=True)
    try:
        for line, values in enumerate(reader, start=2):
            yield _Row(path, line, values)
    except csv.Error as error:
        _refuse(path, reader.reader.line_num, f"it is no CSV: {error}")


def _text(path: Path) -> str:
    """Return the text of a seed; a byte-order mark, as spreadsheets write it, is none of it."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidSeedError(path.name, 1, f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidSeedError(path.name, line, "it is not in UTF-8; save the file so") from error


def _refuse(path: Path, line: int, problem: str) -> NoReturn:
    raise InvalidSeedError(path.name, line, problem)


def _check_once(values: Iterable[str], column: str) -> None:
    """Refuse the second line with the same value."""
    lines: dict[str, int] = {}
    for line, value in enumerate(values, start=2):
        if value in lines:
            raise InvalidSeedError(
                "accounts.csv", line, f"{column} repeats line {lines[value]} ({value!r})"
            )
        lines[value] = line


def _account(line: int, row: dict[str, str]) -> Account:
    slug, organization = row["account"], row["crm_organization_id"]
    if not SLUG.fullmatch(slug):
        problem = f"account is {slug[:70]!r}; write a-z, 0-9 and -, and no folder of var"
        raise InvalidSeedError("accounts.csv", line, problem)
    company = row["company_sso_id"]
    if not company.strip():
        raise InvalidSeedError("accounts.csv", line, "company_sso_id is blank")
    if company != company.strip() or not company.isprintable():
        problem = f"company_sso_id has what is not seen: {company!r}"
        raise InvalidSeedError("accounts.csv", line, problem)
    if not _is_id(organization):
        raise InvalidSeedError("accounts.csv", line, "crm_organization_id is no number")
    return Account(
        account=slug,
        company_sso_id=company,
        crm_organization_id=int(organization),
        migration_enabled=row["migration_enabled"].lower() == "true",
        link_history=row["link_history"].lower() == "true",
        display_name=row["display_name"],
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) < LARGEST_ID
