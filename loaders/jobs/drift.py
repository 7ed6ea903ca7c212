"""The causes of drift in words, in the order in which a document counts under them (rule: drift)."""

CAUSES = {
    "denied": "They hold fields that were denied since: their values are still in MongoDB.",
    "source": "The CRM changed their audits in place since, by `max_audits` or by hand.",
    "contact": "Their person is another contact's by now, or nobody's.",
    "mapping": "The seeds give them another category, action or person by now, or none.",
    "actor": "Their user was renamed, deactivated or deleted since.",
    "rules": "Another version of this software would make them otherwise.",
}
TO_ACCEPT = ("mapping", "rules")
"""What analysts or engineers decided themselves: a sign-off wants to hear that it is known."""


def denied_line(account: str, count: int) -> str:
    """Say that denied values are in MongoDB, and how they leave."""
    return (
        f"{count:,} documents hold fields that are denied by now: `make rollback ACCOUNT={account} "
        f"ONLY=drift`, then `make migrate ACCOUNT={account}`"
    )
