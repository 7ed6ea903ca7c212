"""Proves that staging equals the source, and mends where it does not (rule: staging equals source).

Per bucket of ids both sides count their rows and sum an md5 of each row. Buckets that differ are
read again and replaced in one transaction. That finds what a cursor cannot: audits committed late
(rule: staging equals source), merged in place or deleted (rule: source).
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import duckdb
import pyarrow as pa

from ingest.landing.aside import keep_texts, put_aside
from ingest.landing.reading import AUDIT_CHANGES, forget_changes
from ingest.landing.staged import Warehouse
from ingest.shared.crm_columns import AUDITS_SCHEMA, INVALID_TEXT, TEXT, TIME
from ingest.shared.long_texts import TABLES
from ingest.sources.crm import Crm
from ingest.sources.crm_texts import BUCKET_BITS, BucketSum

BUCKETS_A_READ = 8
GONE_AUDITS = "create table if not exists raw_crm.gone_audits (id bigint, gone_at timestamp)"
"""What was staged once and the source deleted since: its documents stay in MongoDB."""


@dataclass(frozen=True, slots=True)
class CheckedStaging:
    """What the check found.

    Args:
        source_count: Audits in scope at the source.
        late_count: Audits that the copy had missed, e.g. committed after a larger id was read.
        changed_count: Audits whose content was another one.
        gone_count: Staged audits that the source no longer has in scope.
    """

    source_count: int = 0
    late_count: int = 0
    changed_count: int = 0
    gone_count: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether nothing had to be mended."""
        return not (self.late_count or self.changed_count or self.gone_count)

    def plus(self, late: int, changed: int, gone: int) -> Self:
        """Return the findings with those of one more range of ids."""
        return type(self)(
            self.source_count,
            self.late_count + late,
            self.changed_count + changed,
            self.gone_count + gone,
        )


def check_staging(crm: Crm, warehouse: Warehouse) -> CheckedStaging:
    """Compare every bucket and read the differing ones again.

    Call it inside `Session.snapshot`: then count, sums and what is read again are of one moment.

    Raises:
        CrmError: The source stopped answering.
        WarehouseError: The file cannot be opened.
    """
    with warehouse.connected() as connection, ThreadPoolExecutor(1, "source_sums") as other:
        is_in_bytes = crm.is_in_bytes
        asked = other.submit(crm.bucket_sums)
        connection.execute(GONE_AUDITS)
        connection.execute(AUDIT_CHANGES + TABLES)
        staged = staged_sums(connection, is_in_bytes=is_in_bytes)
        source = asked.result()
        found = CheckedStaging(sum(bucket.audit_count for bucket in source.values()))
        for first, last in ranges(differing_buckets(source, staged)):
            found = found.plus(*_mend(connection, crm.audits_between(first, last), first, last))
    return found


def staged_sums(
    connection: duckdb.DuckDBPyConnection, *, is_in_bytes: bool = False
) -> dict[int, BucketSum]:
    """Count and sum every bucket of the staged audits, in DuckDB.

    Args:
        connection: The warehouse.
        is_in_bytes: The source has no encoding: each text is summed by the md5 of its bytes.
    """
    texts = (_text_of(each, is_in_bytes) for each in AUDITS_SCHEMA)
    row_text = f"concat_ws(chr(31), {', '.join(texts)})"
    rows = connection.execute(
        f"select id >> {BUCKET_BITS} as bucket, count(*), "  # noqa: S608 - our own names, no value # nosec B608
        f"sum(('0x' || left(md5({row_text}), 15))::bigint)::varchar "
        "from raw_crm.audits group by bucket"
    ).fetchall()
    return {bucket: BucketSum(count, checksum) for bucket, count, checksum in rows}


def differing_buckets(
    source: Mapping[int, BucketSum], staged: Mapping[int, BucketSum]
) -> list[int]:
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


def _mend(
    connection: duckdb.DuckDBPyConnection, audits: Iterable[pa.Table], first: int, last: int
) -> tuple[int, int, int]:
    """Replace a range of staged audits in one transaction; count what was wrong with it."""
    connection.begin()
    _read_again(connection, audits, first, last)
    late, changed, gone = _differences(connection, first, last)
    if gone:
        connection.execute(
            "insert into raw_crm.gone_audits select id, current_localtimestamp() from raw_crm.audits "
            "anti join audits_read_again using (id) where id between ? and ?",
            (first, last),
        )
    connection.execute("delete from raw_crm.audits where id between ? and ?", (first, last))
    forget_changes(connection, "audit_id between ? and ?", (first, last))
    connection.execute("insert into raw_crm.audits by name from audits_read_again")
    connection.execute("drop table audits_read_again")
    connection.commit()
    return late, changed, gone


def _read_again(
    connection: duckdb.DuckDBPyConnection, audits: Iterable[pa.Table], first: int, last: int
) -> None:
    """Fill a table beside the staged audits; of the long texts there are only these then."""
    connection.execute("create temp table audits_read_again as from raw_crm.audits limit 0")
    connection.execute(
        "delete from raw_crm.long_texts where audit_id between ? and ?", (first, last)
    )
    for table in audits:
        short, texts = put_aside(table)
        connection.register("read_now", short)
        connection.execute("insert into audits_read_again by name from read_now")
        connection.unregister("read_now")
        if texts:
            keep_texts(connection, texts)


def _differences(
    connection: duckdb.DuckDBPyConnection, first: int, last: int
) -> tuple[int, int, int]:
    is_changed = " or ".join(
        f"staged.{name} is distinct from audits_read_again.{name}" for name in AUDITS_SCHEMA.names
    )
    rows = connection.execute(
        "with staged as (select * from raw_crm.audits where id between ? and ?) "  # noqa: S608 - our own names, no value # nosec B608
        "select count(*) filter (where staged.id is null), "
        "count(*) filter (where staged.id is not null and audits_read_again.id is not null "
        f"and ({is_changed})), "
        "count(*) filter (where audits_read_again.id is null) "
        "from staged full join audits_read_again on staged.id = audits_read_again.id",
        (first, last),
    ).fetchall()
    late, changed, gone = rows[0]
    return late, changed, gone


def _text_of(column: pa.Field, is_in_bytes: bool) -> str:
    if column.type == TIME:
        text = f"epoch_us({column.name})::varchar"
    elif column.type != TEXT:
        text = f"{column.name}::varchar"
    else:
        text = _md5_of(column.name) if is_in_bytes else column.name
    return f"coalesce({text}, chr(30))"


def _md5_of(column: str) -> str:
    """Return the md5 of a text's bytes; what stands in for a text already ends with it."""
    return (
        f"case when starts_with({column}, chr(0)) then {column}[{len(INVALID_TEXT) + 1}:] "
        f"when regexp_full_match({column}, 'long text [0-9a-f]{{32}}') then {column}[11:] "
        f"else md5({column}) end"
    )
