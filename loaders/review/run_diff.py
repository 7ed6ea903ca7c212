"""Tells what changed between the reports of two runs (rule: report)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.shared.text import printable
from loaders.errors import NothingToDoError, UnknownRunError
from loaders.review.report.content import Facts

Values = dict[str, Any]

NEWEST = {"last": -1, "previous": -2}
# Name, the facts' table, the columns that name a row, and the one that is compared.
TABLES = (
    ("audits by category and action", "categories", ("category", "action"), "audit_count"),
    (
        "documents in MongoDB by category and action",
        "categories",
        ("category", "action"),
        "mongo_count",
    ),
    ("reasons", "reasons", ("outcome", "reason"), "audit_count"),
    ("failures of the load", "load_failures", ("reason",), "audit_count"),
    ("out of scope", "out_of_scope", ("auditable_type", "audit_action"), "audit_count"),
    ("actors", "actors", ("actor_type",), "ready_count"),
    ("ways to the contact", "contact_sources", ("contact_source",), "ready_count"),
    ("parsers", "parsers", ("parser",), "audit_count"),
    ("denied fields", "denied_fields", ("field",), "dropped_count"),
    ("differences", "differences", ("difference",), "log_count"),
)
MAPPINGS = (
    ("figures", "figures"),
    ("contact coverage", "contact_coverage"),
    ("seeds", "seeds_sha256"),
    ("versions", "versions"),
    ("code and artifacts", "hashes"),
)
# Otherwise in every run.
NO_FIGURE = {"counted_at", "dbt_manifest_sha256"}


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is not the same in both runs; none where a run does not have it."""

    section: str
    name: str
    before: Any
    after: Any


def kept_runs(folder: Path) -> list[Facts]:
    """Return the kept reports of an account, oldest first."""
    reports = [json.loads(path.read_bytes()) for path in folder.glob("*/report.json")]
    return sorted(reports, key=lambda facts: (facts["job"]["started_at"], facts["job"]["job_id"]))


def find_run(runs: list[Facts], wish: str) -> Facts:
    """Return the run of a job id, of its beginning, or ``last`` or ``previous``.

    Raises:
        NothingToDoError: There are too few runs.
        UnknownRunError: No run, or more than one, has such an id.
    """
    if wish in NEWEST:
        if len(runs) < -NEWEST[wish]:
            raise NothingToDoError(f"there is no {wish} run: {len(runs)} reports are kept")
        return runs[NEWEST[wish]]
    found = [facts for facts in runs if facts["job"]["job_id"].startswith(wish)]
    if len(found) != 1:
        raise UnknownRunError(wish, [facts["job"]["job_id"] for facts in found or runs])
    return found[0]


def changes(before: Facts, after: Facts) -> Iterator[Change]:
    """Yield every value that differs, section by section."""
    for section, name in MAPPINGS:
        yield from _changed(section, before.get(name, {}), after.get(name, {}))
    for section, table, keys, column in TABLES:
        yield from _changed(
            section, _values(before, table, keys, column), _values(after, table, keys, column)
        )


def change_lines(before: Facts, after: Facts) -> Iterator[str]:
    """Return what changed as lines for a person."""
    return map(printable, _lines(before, after))


def _lines(before: Facts, after: Facts) -> Iterator[str]:
    yield f"{before['account']}: {_run(before)} -> {_run(after)}"
    section = ""
    for change in changes(before, after):
        if change.section != section:
            section = change.section
            yield section
        yield f"  {change.name}: {_text(change.before)} -> {_text(change.after)}{_more(change)}"
    if not section:
        yield "nothing changed"


def _changed(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    names = [*before, *(name for name in after if name not in before)]
    for name in names:
        if name not in NO_FIGURE and before.get(name) != after.get(name):
            yield Change(section, name, before.get(name), after.get(name))


def _values(facts: Facts, table: str, keys: tuple[str, ...], column: str) -> Values:
    """Return a table's values by the names of its rows; an older report may lack them."""
    return {
        " ".join(str(row[key]) if row[key] is not None else "none" for key in keys): row[column]
        for row in facts.get(table, ())
        if row.get(column)
    }


def _run(facts: Facts) -> str:
    job = facts["job"]
    return f"{job['job_id'][:8]} of {job['started_at'][:19]} ({facts['verdict']['status']})"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _more(change: Change) -> str:
    if isinstance(change.before, int) and isinstance(change.after, int):
        return f" ({change.after - change.before:+,})"
    return ""
