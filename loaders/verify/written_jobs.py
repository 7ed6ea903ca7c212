"""What the account's jobs tell of the documents that name them (rules: drift, kept)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from loaders.jobs.store import Jobs
from loaders.transform.inputs import MADE_WITH

JOBS = pa.schema(
    [
        ("job_id", pa.string()),
        ("written_count", pa.int64()),
        ("last_audit_id", pa.int64()),
        *((f"is_same_{part}", pa.bool_()) for part in MADE_WITH),
        ("is_same_naming", pa.bool_()),
    ]
)
NAMING = ("accounts", "crm_types", "join_models")
"""The seeds that decide which person an audit is about."""
TOLD = ("job_id", "written", "removed_count", "made_with")


def written_jobs(jobs: Jobs, made_with: Mapping[str, Any] | None) -> Iterator[tuple[Any, ...]]:
    """Yield a row of ``readback.jobs`` for every job of the account.

    A load that has not ended does not know yet how many documents are its own.

    Args:
        jobs: The account's jobs.
        made_with: What the mart of today was made with; none where that is not known.
    """
    for job in jobs.all_of(TOLD):
        written = job.get("written") or {"count": None, "last_audit_id": None}
        count = written["count"]
        if count is not None:
            count -= job.get("removed_count", 0)
        then = job.get("made_with")
        same = [
            all(each[part] == made_with[part] for each in then) if then and made_with else None
            for part in MADE_WITH
        ]
        yield (
            job["job_id"],
            count,
            written["last_audit_id"],
            *same,
            _is_same_naming(then, made_with),
        )


def _is_same_naming(
    then: Sequence[Mapping[str, Any]] | None, now: Mapping[str, Any] | None
) -> bool | None:
    if not then or not now:
        return None
    mappings = [each["mapping"] for each in (*then, now)]
    return all(len({mapping.get(seed) for mapping in mappings}) == 1 for seed in NAMING)
