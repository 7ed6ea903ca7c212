"""Dates as people type them."""

from datetime import UTC, datetime

from ingest.shared.errors import InvalidDateError


def read_start(text: str) -> datetime:
    """Read an ISO 8601 date or time as naive UTC.

    Raises:
        InvalidDateError: It is none.
    """
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidDateError(text) from error
    return start.astimezone(UTC).replace(tzinfo=None) if start.tzinfo else start
