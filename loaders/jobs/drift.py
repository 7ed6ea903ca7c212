"""The causes of drift in words, in the order in which a document counts under them (rule: drift)."""

from collections.abc import Iterator, Mapping
from typing import Any

CAUSES = {
    "denied": "They hold fields that were denied since: their values are still in MongoDB.",
    "source": "The CRM changed their audits in place since, by `max_audits` or by hand.",
    "contact": "Their person is another contact's by now, or nobody's.",
    "mapping": "The seeds give them another category or action by now, or none.",
    "actor": "Their user was renamed, deactivated or deleted since.",
    "rules": "Another version of this software would make them otherwise.",
}
TO_ACCEPT = ("mapping", "rules")
"""What analysts or engineers decided themselves: a sign-off wants to hear that it is known."""


def drift_lines(account: str, job: Mapping[str, Any]) -> Iterator[str]:
    """Tell a job's drift, denied fields before all else."""
    drift: Mapping[str, int] = job.get("drift") or {}
    if "denied" in drift:
        yield f"DENIED FIELDS: {denied_line(account, drift['denied'])}"
    if drift:
        causes = ", ".join(f"{cause} {count:,}" for cause, count in drift.items())
        yield f"drift: {causes}"


def denied_line(account: str, count: int) -> str:
    """Say that denied values are in MongoDB, and how they leave."""
    return (
        f"{count:,} documents hold fields that are denied by now: `make rollback ACCOUNT={account} "
        f"ONLY=drift`, then `make migrate ACCOUNT={account}`"
    )
