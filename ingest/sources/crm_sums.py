"""What is counted and summed of a piece of an account's audits (rule: staging equals source)."""

from dataclasses import dataclass

import pyarrow as pa

from ingest.shared.crm_columns import AUDITS_SCHEMA, LONG, TEXT, is_time_told
from ingest.shared.pieces import BUCKET_BITS, Piece
from ingest.sources.crm import Crm
from ingest.sources.crm_texts import row_checksum

AUDIT_COUNTS = pa.schema(
    [
        ("auditable_type", TEXT),
        ("action", TEXT),
        ("month", pa.date32()),
        ("is_in_scope", pa.bool_()),
        ("audit_count", LONG),
    ]
)
KINDS = pa.schema(list(AUDIT_COUNTS)[:2])


@dataclass(frozen=True, slots=True)
class BucketSum:
    """What one bucket of ids holds: a count and a sum over the md5 of every row."""

    audit_count: int
    checksum: str


def bucket_sums(crm: Crm, piece: Piece) -> dict[int, BucketSum]:
    """Count and sum every bucket of the audits in scope, in PostgreSQL.

    Args:
        crm: The CRM, with its scope.
        piece: The ids.
    """
    checksum = row_checksum(AUDITS_SCHEMA, is_in_bytes=crm.is_in_bytes)
    rows = crm.session.rows(
        f"select id >> {BUCKET_BITS} as bucket, count(*) as audit_count, "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"{checksum} as checksum from (select {crm.columns(AUDITS_SCHEMA)} from {crm.audits} "
        f"where {crm.scope} and {piece.condition}) as audits group by 1"
    )
    return {row["bucket"]: BucketSum(row["audit_count"], row["checksum"]) for row in rows}


def audit_counts(crm: Crm, piece: Piece) -> pa.Table:
    """Count all audits of the account, in scope or not, by type, action and month.

    Args:
        crm: The CRM, with its scope.
        piece: The ids.
    """
    query = (
        f"select {crm.columns(KINDS)}, "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"case when {is_time_told('created_at')} "
        "then date_trunc('month', created_at::timestamp)::date end "
        f"as month, coalesce({crm.scope}, false) as is_in_scope, "
        f"count(*)::bigint as audit_count from {crm.audits} "
        f"where {crm.tenant} and {piece.condition} group by 1, 2, 3, 4"
    )
    return crm.table(query, AUDIT_COUNTS)


def added_counts(counts: pa.Table, more: pa.Table) -> pa.Table:
    """Add up the counts of two pieces."""
    *keys, count = AUDIT_COUNTS.names
    summed = pa.concat_tables([counts, more]).group_by(keys).aggregate([(count, "sum")])
    return summed.rename_columns([*keys, count]).cast(AUDIT_COUNTS)
