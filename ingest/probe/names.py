"""Whether the seeds name what this CRM has: its classes, keys and status fields."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.probe.gates import Gate, Requirement
from ingest.probe.names_met import OF_A_CLASS, Met
from ingest.shared.seeds import SEEDS, Account, read_lines, read_mapped_types, read_user_types

NAMES = Requirement("names", "those of the seeds occur, frequent classes have a line")
MOST_FREQUENT = 20
SHOWN_LINES = 10
LINES = (
    "in dbt_project/seeds/ write into crm_types.csv `person,<class>,<key>` and `user,<class>,`, "
    "into category_map.csv `<class>,<create, update or destroy>,<category>,<action>`, and into "
    "join_models.csv `<class>,<linked class>,<key of the linked record>,<key of the person>`"
)


@dataclass(frozen=True, slots=True)
class SeedName:
    """A name in a cell of a seed, and how many audits have it; of keys, how many sampled ones."""

    file: str
    line: int
    column: str
    name: str
    audit_count: int

    def __str__(self) -> str:
        return f'{self.file} line {self.line}: {self.column} "{self.name}"'


def names_gate(met: Met, account: Account, seeds: Path = SEEDS) -> Gate:
    """Warn of names that no audit has and of frequent classes without a line; fail if none has any.

    Args:
        met: What the account's audits name.
        account: The account, whose own status sets count.
        seeds: The folder of the seeds.
    """
    names = list(_seed_names(met, account, seeds))
    lost = [each for each in names if not each.audit_count]
    missing = classes_without_line(met, seeds)
    details = {
        "names": [asdict(each) for each in names],
        "classes_without_line": missing,
        "sampled_count": met.sampled_count,
    }
    if not met.audited:
        return NAMES.warned("no class", "the account has no audit with a class", **details)
    found = f"{len(names) - len(lost)} of {len(names)} names occur, "
    found += f"{len(missing)} frequent classes without a line"
    if len(lost) == len(names):
        return NAMES.failed(found, misfit(met, seeds), **details)
    if not lost and not missing:
        return NAMES.passed(found, **details)
    return NAMES.warned(found, _hint(lost, missing), **details)


def misfit(met: Met, seeds: Path = SEEDS) -> str:
    """Say that the seeds are of another CRM, what this one has, and which lines to write."""
    classes = _counted(classes_without_line(met, seeds)) or "none"
    keys = _counted(dict(met.id_keys.most_common(MOST_FREQUENT))) or "none"
    return (
        f"the seeds do not fit this CRM; classes without a line: {classes}; keys that hold ids, "
        f"in {met.sampled_count:,} sampled audits: {keys}; {LINES}"
    )


def classes_without_line(met: Met, seeds: Path = SEEDS) -> dict[str, int]:
    """Return the frequent classes of records and actors that no seed names, with their audits."""
    records = _frequent(met.audited, set(read_mapped_types(seeds)))
    actors = _frequent(met.acting, set(read_user_types(seeds)))
    return records | {f"{name} (acts)": count for name, count in actors.items()}


def _frequent(counts: Counter[str], known: set[str]) -> dict[str, int]:
    """Return those of the most frequent, and of all with one audit in a hundred, that are new."""
    most = {name for name, _ in counts.most_common(MOST_FREQUENT)}
    return {
        name or "(none)": count
        for name, count in counts.most_common()
        if name not in known and (name in most or 100 * count >= counts.total())
    }


def _seed_names(met: Met, account: Account, seeds: Path) -> Iterator[SeedName]:
    """Yield the names of all seeds; the keys of a class only where the class occurs."""
    yield from _of_crm_types(met, seeds)
    for line, row in read_lines("join_models", seeds):
        yield from _of_type(met, "join_models.csv", line, row, ("linked_key", "person_key"))
    for line, row in read_lines("status_sets", seeds):
        if row["company_sso_id"] in ("*", account.company_sso_id):
            yield from _of_type(met, "status_sets.csv", line, row, ("field",))
    first_lines: dict[str, int] = {}
    for line, row in read_lines("category_map", seeds):
        first_lines.setdefault(row["auditable_type"], line)
    for name, line in first_lines.items():
        yield SeedName("category_map.csv", line, "auditable_type", name, met.audited[name])


def _of_crm_types(met: Met, seeds: Path) -> Iterator[SeedName]:
    for line, row in read_lines("crm_types", seeds):
        name, key = row["auditable_type"], row["key"]
        is_user = row["role"] == "user"
        count = met.acting[name] if is_user else met.audited[name] + met.associated[name]
        yield SeedName("crm_types.csv", line, "auditable_type", name, count)
        if count and not is_user:
            yield SeedName("crm_types.csv", line, "key", key, met.keys[key])


def _of_type(
    met: Met, file: str, line: int, row: dict[str, str], columns: tuple[str, ...]
) -> Iterator[SeedName]:
    name = row["auditable_type"]
    yield SeedName(file, line, "auditable_type", name, met.audited[name])
    for column in columns if met.audited[name] else ():
        yield SeedName(file, line, column, row[column], met.fields[name, row[column]])


def _hint(lost: list[SeedName], missing: dict[str, int]) -> str:
    shown = ", ".join(map(str, lost[:SHOWN_LINES]))
    more = f" and {len(lost) - SHOWN_LINES} more" if len(lost) > SHOWN_LINES else ""
    return (
        f"names that no audit of the account has: {shown or 'none'}{more} (keys are looked for in "
        f"the newest {OF_A_CLASS} audits of each class); frequent classes without a line: "
        f"{_counted(missing) or 'none'}; where a name is misspelt, or a class belongs on a "
        "timeline, change dbt_project/seeds/"
    )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
