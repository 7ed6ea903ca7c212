"""Counts and sums the staged audits, as PostgreSQL does its own (rule: staging equals source)."""

import duckdb
import pyarrow as pa

from ingest.shared.crm_columns import AUDITS_SCHEMA, INVALID_TEXT, TEXT, TIME
from ingest.shared.pieces import ALL, BUCKET_BITS, Piece
from ingest.sources.crm_sums import BucketSum

PIECE_AUDITS = 500_000
"""So many are summed at once: some seconds, which is less than what any replica allows."""


def staged_pieces(connection: duckdb.DuckDBPyConnection) -> list[Piece]:
    """Cut all ids that there may be into pieces, each of so many staged audits."""
    counts = connection.execute(
        f"select (id >> {BUCKET_BITS}) << {BUCKET_BITS} as first, count(*) "  # noqa: S608 - our own or quoted names, no value # nosec B608
        "from raw_crm.audits group by first order by first"
    ).fetchall()
    return pieces_of(counts)


def pieces_of(counts: list[tuple[int, int]]) -> list[Piece]:
    """Cut all ids that there may be between two buckets, without a gap.

    Args:
        counts: The first id of every bucket, and its count of audits.
    """
    pieces, count = [ALL], 0
    for first, audit_count in counts:
        if count and count + audit_count > PIECE_AUDITS:
            pieces[-1:] = [Piece(pieces[-1].first, first - 1), Piece(first, ALL.last)]
            count = 0
        count += audit_count
    return pieces


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
        f"select id >> {BUCKET_BITS} as bucket, count(*), "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"sum(('0x' || left(md5({row_text}), 15))::bigint)::varchar "
        "from raw_crm.audits group by bucket"
    ).fetchall()
    return {bucket: BucketSum(count, checksum) for bucket, count, checksum in rows}


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
