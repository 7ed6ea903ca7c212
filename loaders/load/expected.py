"""The hash that the document of each mart row has: made once, and kept.

Rows that are loaded leave theirs behind. What is asked for beyond that (a file that another
machine made, a mapping that changed since) is made here, without writing a document. A hash counts
for as long as its row, and the code that makes documents, are what they were.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import bson
import pyarrow as pa

from ingest.shared.bson_codec import CODEC
from ingest.shared.long_texts import LONG, TABLES
from ingest.shared.pool import map_in_processes
from loaders.documents import VERSION
from loaders.documents.document import Document
from loaders.documents.encode import Page, encode_page, hash_page
from loaders.transform.warehouse import Warehouse

FEW_BYTES = 10_000_000  # so many are encoded before processes would have started
PAGE_BYTES = 1_000_000
ROW_BYTES = 500  # what a row costs beside its texts
ROW_HASH = f"hash(logs, '{VERSION}')"
FORGET = f"""
delete from readback.expected_hashes as expected
where not exists (
    select 1 from marts.activity_logs as logs
    where logs.audit_id = expected.audit_id and {ROW_HASH} = expected.row_hash)
"""  # noqa: S608 - our own names, no value # nosec B608
# Cut by what the rows weigh: a page of long texts has few of them.
WANTED = f"""
create or replace table readback.wanted as
with long as (
    select audit_id, sum(byte_count) as byte_count from ({LONG}) as long group by audit_id
),

rows as (
    select
        logs.audit_id,
        ? + strlen(logs.changes) + coalesce(strlen(logs.metadata.comment), 0) as byte_count
    from marts.activity_logs as logs
    {{condition}}
)

select
    rows.audit_id,
    sum(rows.byte_count + coalesce(long.byte_count, 0)) over (order by rows.audit_id)
        as byte_count
from rows
left join long on rows.audit_id = long.audit_id
"""  # noqa: S608 - our own names, no value # nosec B608
PAGES = """
select min(audit_id) as first, max(audit_id) as last
from readback.wanted
group by byte_count // ?
order by first
"""
ROWS = f"""
select logs.*, {ROW_HASH} as row_hash
from marts.activity_logs as logs
semi join readback.wanted using (audit_id)
where audit_id between $first and $last
order by audit_id
"""  # noqa: S608 - our own names, no value # nosec B608
LONG_TEXTS = f"""
select long.*
from ({LONG}) as long
semi join readback.wanted using (audit_id)
where audit_id between $first and $last
"""  # noqa: S608 - our own names, no value # nosec B608
KEY_AND_BYTES = ("external_id", "document")
UNKNOWN = """
anti join readback.expected_hashes using (audit_id)
"""


class Expected:
    """The expected hashes of an account, in ``readback.expected_hashes``.

    Args:
        warehouse: The account's open warehouse; hashes that count no more are forgotten.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        warehouse.execute(TABLES)
        warehouse.execute(FORGET)

    def complete(self, condition: str = "") -> None:
        """Make the hashes that are not known, of the rows of a condition (a join in SQL)."""
        unknown = f"select 1 from marts.activity_logs as logs {UNKNOWN} {condition} limit 1"  # noqa: S608 - our own names, no value # nosec B608
        if not self._warehouse.rows(unknown):
            return
        pages, is_small = self.pages(UNKNOWN + condition)
        for hashed in map_in_processes(hash_page, pages, is_small=is_small):
            self.keep(hashed)

    def keep(self, hashed: pa.Table) -> None:
        """Keep hashes that were made while their rows were loaded."""
        self._warehouse.insert("readback.expected_hashes", hashed)

    def pages(self, condition: str, parameters: Sequence[Any] = ()) -> tuple[Iterator[Page], bool]:
        """Give the mart's rows of a condition in pages, by id, and whether they are few.

        Args:
            condition: What follows ``from marts.activity_logs as logs``, in SQL.
            parameters: Its values.
        """
        wanted = WANTED.format(condition=condition)
        self._warehouse.execute(wanted, (ROW_BYTES, *parameters))
        query = "select coalesce(max(byte_count), 0) as byte_count from readback.wanted"
        is_small = self._warehouse.rows(query)[0]["byte_count"] < FEW_BYTES
        return self._pages(), is_small

    def documents(self, external_ids: Collection[str]) -> dict[str, Document]:
        """Make a few documents of the mart, by their key."""
        pages, _ = self.pages(
            "where list_contains(?::varchar[], external_id)", (list(external_ids),)
        )
        return {key: each for page in pages for key, each in decoded_page(encode_page(page))}

    def _pages(self) -> Iterator[Page]:
        for page in self._warehouse.rows(PAGES, (PAGE_BYTES,)):
            yield Page(*(self._warehouse.table(query, page) for query in (ROWS, LONG_TEXTS)))


def decoded_page(encoded: pa.Table) -> Iterator[tuple[str, Document]]:
    """Give key and document of a page; nothing is in what would be larger than MongoDB takes."""
    for key, made in zip(*(encoded[name].to_pylist() for name in KEY_AND_BYTES), strict=True):
        yield key, bson.decode(made, CODEC) if made else {}
