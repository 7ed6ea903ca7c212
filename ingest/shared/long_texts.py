"""Texts too long for a row: they stand beside it, in pieces, in tables of their own.

DuckDB works on 2,048 rows at once, and many of its functions hold several copies of them: rows of
some kilobytes in hundreds fill its memory. So whatever is long leaves its row when it is landed,
and comes back when a document is made of it. A piece bounds what reading 2,048 of them takes.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import pyarrow as pa

PIECE_BYTES: Final = 16_384
MARK: Final = "raw_crm.long_values"
"""The key of the object that stands in a row's JSON for a value that has left it.

Its value is ``[place, sha256, byte count, names, count of names]``. The names are the keys at any
depth of the value, with 0 where they have scalars and {} where they have more: so the rule of
denied fields reads them as it would read the value. A value that has the mark itself always
leaves its row: what is left in a row with the mark is none of the data's.
"""

# Not compressed, a few rows' pieces are read without those of the 2,048 rows around them.
TABLES: Final = """
create table if not exists raw_crm.long_texts (
    audit_id bigint, place varchar, "number" integer, byte_count integer,
    piece blob using compression uncompressed);
create table if not exists raw_crm.long_values (
    audit_id bigint, place varchar, "number" integer, byte_count integer,
    piece blob using compression uncompressed);
create table if not exists raw_crm.long_comments (audit_id bigint, comment varchar);
"""
"""The texts of columns, the values of ``audited_changes``, and comments as the rules need them."""

TEXTS: Final = "from raw_crm.long_texts"
"""What has left the rows of the staged audits."""
LONG: Final = """
select audit_id, place, "number", byte_count, piece from raw_crm.long_values
union all
select audit_id, place, "number", byte_count, piece from raw_crm.long_texts
where place = 'comment'
"""
"""What has left the rows of the mart."""

PIECES: Final = pa.schema(
    [
        ("audit_id", pa.int64()),
        ("place", pa.string()),
        ("number", pa.int32()),
        ("byte_count", pa.int32()),
        ("piece", pa.binary()),
    ]
)


class LongText(NamedTuple):
    """A text that leaves its row.

    Args:
        audit_id: Whose it is.
        place: Where it stood: a column, or the number of a value.
        content: All of it, in UTF-8.
    """

    audit_id: int
    place: str
    content: bytes


def stand_in(content: bytes) -> str:
    """Return what stands in the column of a long text; PostgreSQL makes the same."""
    return f"long text {hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def stand_in_sql(column: str, limit: int) -> str:
    """Return PostgreSQL's expression of a text column, long texts as their stand-in.

    One character of any encoding is at most four bytes in UTF-8.
    """
    utf8 = f"convert_to({column}, 'UTF8')"
    return (
        f"case when octet_length({column}) > {limit // 4} and octet_length({utf8}) > {limit} "
        f"then 'long text ' || md5({utf8}) else {column} end"
    )


def pieces_of(texts: Iterable[LongText]) -> pa.Table:
    """Cut texts into rows of `PIECES`."""
    rows = list(_rows(texts))
    columns = zip(*rows, strict=True) if rows else ((),) * len(PIECES)
    return pa.table(dict(zip(PIECES.names, columns, strict=True)), schema=PIECES)


def _rows(texts: Iterable[LongText]) -> Iterator[tuple[int, str, int, int, bytes]]:
    for audit_id, place, content in texts:
        view = memoryview(content)
        for number, start in enumerate(range(0, len(content), PIECE_BYTES)):
            piece = bytes(view[start : start + PIECE_BYTES])
            yield audit_id, place, number, len(piece), piece


def whole_texts(pieces: pa.Table) -> dict[int, dict[str, bytes]]:
    """Put pieces together, in whatever order they come, by audit and by place.

    They are sorted here: DuckDB would hold several copies of them.
    """
    found: dict[int, dict[str, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    columns = (pieces[name].to_pylist() for name in ("audit_id", "place", "number", "piece"))
    for audit_id, place, _, piece in sorted(zip(*columns, strict=True)):
        found[audit_id][place].append(piece)
    return {
        audit_id: {place: b"".join(parts) for place, parts in places.items()}
        for audit_id, places in found.items()
    }
