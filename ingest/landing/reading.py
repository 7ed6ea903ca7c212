"""Reads each staged text of ``audited_changes`` once, into ``raw_crm.audit_changes``.

The table says which version of the reader read a text: what an older one read is read anew, by
itself, and nothing else is.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
from rich.console import Console

from ingest import audited_yaml
from ingest.audited_yaml import parse
from ingest.landing.staged import Warehouse
from ingest.shared.pool import map_in_processes
from ingest.shared.progress import show_progress
from ingest.shared.versions import source_version

VERSION = source_version(Path(audited_yaml.__file__).parent)
FEW_BYTES = 10_000_000  # so many are read before processes would have started
PAGE_BYTES = 2_000_000
ROW_BYTES = 200  # what a row costs beside its text

AUDIT_CHANGES = """
create table if not exists raw_crm.audit_changes (
    audit_id bigint, value json, parser varchar, error varchar, unknown_tags varchar[],
    reader_version varchar);
"""
UNREAD = """
create or replace temp table unread as
select
    audits.id,
    sum(? + coalesce(strlen(audits.audited_changes), 0)) over (order by audits.id)
        as read_bytes
from raw_crm.audits
anti join raw_crm.audit_changes on audits.id = audit_changes.audit_id
"""
PAGES = """
select min(id) as first, max(id) as last
from unread group by read_bytes // ? order by first
"""
PAGE = """
select audits.id as audit_id, audits.audited_changes
from raw_crm.audits
semi join unread on audits.id = unread.id
where audits.id between ? and ?
"""
READ = pa.schema(
    [
        ("audit_id", pa.int64()),
        ("value", pa.string()),
        ("parser", pa.string()),
        ("error", pa.string()),
        ("unknown_tags", pa.list_(pa.string())),
    ]
)


def read_changes(warehouse: Warehouse, console: Console) -> None:
    """Read what no reader of this version has read yet; a killed call goes on when called again.

    Args:
        warehouse: The account's file, with its audits staged.
        console: Where to show progress.

    Raises:
        WarehouseError: The file cannot be opened.
    """
    with warehouse.connected() as connection:
        connection.execute(AUDIT_CHANGES)
        connection.execute(
            "delete from raw_crm.audit_changes where reader_version <> ?", (VERSION,)
        )
        connection.execute(UNREAD, (ROW_BYTES,))
        count, byte_count = connection.sql(
            "select count(*), coalesce(max(read_bytes), 0) from unread"
        ).fetchall()[0]
        is_small = byte_count < FEW_BYTES
        with show_progress(console, "changes", count) as progress:
            for read in map_in_processes(read_page, _pages(connection), is_small=is_small):
                _insert(connection, read)
                progress.advance(read.num_rows)


def read_page(texts: pa.Table) -> pa.Table:
    """Read a page of texts.

    Args:
        texts: The columns ``audit_id`` and ``audited_changes``, which may be null.

    Returns:
        As many rows of `READ`; no text raises.
    """
    read = [parse(text) for text in texts["audited_changes"].to_pylist()]
    columns = (
        texts["audit_id"],
        [each.value_json for each in read],
        [each.parser for each in read],
        [each.error for each in read],
        [each.unknown_tags for each in read],
    )
    return pa.table(dict(zip(READ.names, columns, strict=True)), schema=READ)


def _insert(connection: duckdb.DuckDBPyConnection, read: pa.Table) -> None:
    connection.register("page_read", read)
    connection.execute(
        "insert into raw_crm.audit_changes by name select *, ? as reader_version from page_read",
        (VERSION,),
    )
    connection.unregister("page_read")


def _pages(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    for first, last in connection.execute(PAGES, (PAGE_BYTES,)).fetchall():
        yield connection.sql(PAGE, params=(first, last)).to_arrow_table()
