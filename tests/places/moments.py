"""Times as MongoDB keeps them."""

from datetime import UTC, datetime


def moment() -> datetime:
    """Return the time: naive UTC, milliseconds."""
    found = datetime.now(UTC).replace(tzinfo=None)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)
