"""Migrates several accounts one after the other, and sums up (spec §14)."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from loaders.accounts import find_account
from loaders.migrate import Wish, migrate
from loaders.settings import Settings, environment


def migrate_all(accounts: Sequence[str], console: Console) -> None:
    """Run every account from end to end and print what became of their audits.

    Raises:
        LoadersError: An account's run failed; the accounts before it stand.
    """
    jobs = []
    for name in accounts:
        env = environment()
        account = find_account(name)
        console.print(f"== {name}: {account.display_name}", highlight=False)
        jobs.append(migrate(Settings.from_env(env), account, env, Wish(), console))
    for line in ("", *(line for job in jobs for line in summary(job))):
        console.print(line, soft_wrap=True, highlight=False)


def summary(job: dict[str, Any]) -> Iterator[str]:
    """Yield what became of an account's audits: the sum, each reason, where the report is."""
    counts = job["counts"]
    stored = counts["migrated"] + counts["already_present"]
    yield (
        f"{job['account']}: {job['status']}, accuracy {job['accuracy_pct']:.2f} %, "
        f"fidelity {job['fidelity_pct']:.2f} %"
    )
    yield (
        f"  source {counts['source']:,} = migrated {stored:,} "
        f"+ skipped {counts['skipped']:,} + failed {counts['failed']:,}"
    )
    for outcome, reasons in sorted(reasons_of(job).items()):
        yield f"  {outcome}: {', '.join(reasons)}"
    yield f"  report: {job['report']}"


def reasons_of(job: dict[str, Any]) -> dict[str, list[str]]:
    """Return each outcome's reasons with their counts, as the run's report has them."""
    report = json.loads(Path(job["report"]).with_name("report.json").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for outcome, reason, count in _counted(report):
        found.setdefault(outcome, []).append(f"{reason} {count:,}")
    return found


def _counted(report: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    for row in report["reasons"]:
        yield row["outcome"], row["reason"], row["audit_count"]
    for row in report["load_failures"]:
        yield "failed", row["reason"], row["audit_count"]
