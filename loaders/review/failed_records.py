"""Lists the audits that failed and were not migrated since, for people and for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from loaders.jobs.failed_audits import FIELDS, FailedAudit, FailedAudits
from loaders.jobs.reasons import REASONS
from loaders.review.csv_files import write_csv

COLUMNS = (*FIELDS, "what_to_do")
COUNTS = {"crm_audit_id": pa.int64(), "times_tried": pa.int64()}
PART_ROWS = 2_000


def failure_lines(account: str, queue: FailedAudits) -> Iterator[str]:
    """Yield a line for each failed audit, and how many there are."""
    yield f"{account}: {queue.count():,} audits failed and were not migrated since"
    reasons: set[str] = set()
    for each in queue.all():
        yield (
            f"  {each.crm_audit_id}  {each.reason}  tried {each.times_tried} x, "
            f"first {each.first_failed_at:%Y-%m-%d %H:%M}, last {each.failed_at:%Y-%m-%d %H:%M} UTC"
        )
        reasons.add(each.reason)
    for reason in sorted(reasons & REASONS.keys()):
        yield f"  {reason}: {REASONS[reason].remedy}"


def failures_json(queue: FailedAudits) -> Iterator[str]:
    """Yield each failed audit as a line of JSON."""
    for each in queue.all():
        yield json.dumps(_row(each))


def write_failures(queue: FailedAudits, path: Path) -> int:
    """Write a CSV file of all failed audits; return how many there are.

    Raises:
        UsageError: The file cannot be written.
    """
    schema = pa.schema([(name, COUNTS.get(name, pa.string())) for name in COLUMNS])
    rows = map(_row, queue.all())
    parts = iter(lambda: list(islice(rows, PART_ROWS)), [])
    return write_csv(path, schema, (pa.RecordBatch.from_pylist(part, schema) for part in parts))


def _row(each: FailedAudit) -> dict[str, Any]:
    remedy = REASONS[each.reason].remedy if each.reason in REASONS else ""
    values = asdict(each) | {"what_to_do": remedy}
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
