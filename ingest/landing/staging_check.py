"""Proves that staging equals the source, and mends where it does not (rule: staging equals source).

Per bucket of ids both sides count their rows and sum an md5 of each row. Buckets that differ are
read again and replaced in one transaction. That finds what a cursor cannot: audits committed late
(rule: staging equals source), merged in place or deleted (rule: source).

The ids are asked piece by piece, and the pieces leave no gap: sums, counts and what is read again
of a piece are of one moment.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Self

import duckdb
import pyarrow as pa

from ingest.landing.mending import mend
from ingest.landing.reading import AUDIT_CHANGES
from ingest.landing.staged import Warehouse
from ingest.landing.staged_sums import staged_pieces, staged_sums
from ingest.shared.long_texts import TABLES
from ingest.shared.pieces import BUCKET_BITS, Piece
from ingest.shared.progress import Progress
from ingest.sources.crm import Crm
from ingest.sources.crm_sums import (
    AUDIT_COUNTS,
    BucketSum,
    added_counts,
    audit_counts,
    bucket_sums,
)

BUCKETS_A_READ = 8
Sums = Mapping[int, BucketSum]
GONE_AUDITS = "create table if not exists raw_crm.gone_audits (id bigint, gone_at timestamp);"
"""What was staged once and the source deleted since: its documents stay in MongoDB."""


@dataclass(frozen=True, slots=True)
class CheckedStaging:
    """What the check found.

    Args:
        source_count: Audits in scope at the source.
        late_count: Audits that the copy had missed, e.g. committed after a larger id was read.
        changed_count: Audits whose content was another one.
        gone_count: Staged audits that the source no longer has in scope.
        audit_counts: All audits of the account, as the source had them in the same moments.
    """

    source_count: int = 0
    late_count: int = 0
    changed_count: int = 0
    gone_count: int = 0
    audit_counts: pa.Table = field(default_factory=AUDIT_COUNTS.empty_table)

    def plus(self, late: int, changed: int, gone: int) -> Self:
        """Return the findings with those of one more range of ids."""
        return replace(
            self,
            late_count=self.late_count + late,
            changed_count=self.changed_count + changed,
            gone_count=self.gone_count + gone,
        )

    def with_counts(self, source_count: int, counts: pa.Table) -> Self:
        """Return the findings with the counts of one more piece."""
        return replace(
            self,
            source_count=self.source_count + source_count,
            audit_counts=added_counts(self.audit_counts, counts),
        )


def check_staging(crm: Crm, warehouse: Warehouse, progress: Progress) -> CheckedStaging:
    """Compare every bucket and read the differing ones again.

    Raises:
        CrmError: The source stopped answering.
        WarehouseError: The file cannot be opened.
    """
    with warehouse.connected() as connection, ThreadPoolExecutor(1, "staged_sums") as other:
        connection.execute(GONE_AUDITS + AUDIT_CHANGES + TABLES)
        staged = other.submit(staged_sums, connection.cursor(), is_in_bytes=crm.is_in_bytes)
        checking = _Checking(crm, connection, staged.result)
        for source_count, counts in crm.by_id(checking.check, staged_pieces(connection)):
            checking.found = checking.found.with_counts(source_count, counts)
            progress.advance(source_count)
    return checking.found


class _Checking:
    """What was found so far: a piece that broke off is asked again, and what it mended stays told."""

    def __init__(
        self, crm: Crm, connection: duckdb.DuckDBPyConnection, staged: Callable[[], Sums]
    ) -> None:
        self.found = CheckedStaging()
        self._crm, self._connection, self._staged = crm, connection, staged

    def check(self, piece: Piece) -> tuple[int, pa.Table]:
        """Compare a piece and mend it; return how many audits it has, and all of them by type."""
        source = bucket_sums(self._crm, piece)
        staged = {bucket: sums for bucket, sums in self._staged().items() if piece.has(bucket)}
        for first, last in ranges(differing_buckets(source, staged)):
            audits = self._crm.audits_between(first, last)
            self.found = self.found.plus(*mend(self._connection, audits, first, last))
        source_count = sum(bucket.audit_count for bucket in source.values())
        return source_count, audit_counts(self._crm, piece)


def differing_buckets(source: Sums, staged: Sums) -> list[int]:
    """Return the buckets that are not the same on both sides, in order."""
    buckets = sorted(source.keys() | staged.keys())
    return [bucket for bucket in buckets if source.get(bucket) != staged.get(bucket)]


def ranges(buckets: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Join neighbouring buckets, a few at a time, into ranges of first and last id."""
    run: list[int] = []
    for bucket in buckets:
        if run and (bucket != run[-1] + 1 or len(run) == BUCKETS_A_READ):
            yield _ids(run)
            run = []
        run.append(bucket)
    if run:
        yield _ids(run)


def _ids(run: list[int]) -> tuple[int, int]:
    return run[0] << BUCKET_BITS, ((run[-1] + 1) << BUCKET_BITS) - 1
