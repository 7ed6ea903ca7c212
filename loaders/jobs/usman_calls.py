"""How often the extract asked USMAN for a job, as it noted in the warehouse."""

from pathlib import Path
from typing import Any

import duckdb

QUERY = """
    select coalesce(sum(call_count), 0), coalesce(sum(error_count), 0)
    from metrics.usman_calls where called_at >= ?
"""


def usman_calls(folder: Path, job: dict[str, Any]) -> dict[str, int]:
    """Return ``calls`` and ``errors`` since the job was triggered; zeros where none are noted.

    Args:
        folder: ``var/<account>``.
        job: The job document.
    """
    try:
        with duckdb.connect(folder / "staging.duckdb", read_only=True) as connection:
            found = connection.execute(QUERY, [job["started_at"]]).fetchone()
    except duckdb.Error:  # no warehouse yet, or no call was ever made
        found = None
    calls, errors = found or (0, 0)
    return {"calls": int(calls), "errors": int(errors)}
