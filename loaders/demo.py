"""Migrates several accounts one after the other, and sums up (spec §14)."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from loaders.accounts import find_account
from loaders.migrate import Wish, migrate
from loaders.settings import Settings, environment

COLUMNS = ("account", "source", "migrated", "skipped", "failed", "accuracy", "fidelity")


def migrate_all(accounts: Sequence[str], console: Console) -> None:
    """Run every account from end to end and print one table of what became of their audits.

    Raises:
        LoadersError: An account's run failed; the accounts before it stand.
    """
    jobs = []
    for name in accounts:
        env = environment()
        account = find_account(name)
        console.print(f"== {name}: {account.display_name}", highlight=False)
        jobs.append(migrate(Settings.from_env(env), account, env, Wish(), console))
    console.print(summary(jobs))
    for job in jobs:
        console.print(f"report: {job['report']}", soft_wrap=True, highlight=False)


def summary(jobs: Sequence[dict[str, Any]]) -> Table:
    """Return the table: a row an account, each reason with its count."""
    table = Table(*COLUMNS, title="What became of the audits")
    for job in jobs:
        counts, reasons = job["counts"], reasons_of(job)
        stored = counts["migrated"] + counts["already_present"]
        table.add_row(
            job["account"],
            f"{counts['source']:,}",
            f"{stored:,}",
            "\n".join([f"{counts['skipped']:,}", *reasons.get("skipped", [])]),
            "\n".join([f"{counts['failed']:,}", *reasons.get("failed", [])]),
            f"{job['accuracy_pct']:.2f} %",
            f"{job['fidelity_pct']:.2f} %",
        )
    return table


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
