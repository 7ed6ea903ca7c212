"""Reads each staged text of ``audited_changes`` once, into ``raw_crm.audit_changes``.

The table says which version of the reader read a text: what an older one read is read anew, by
itself, and nothing else is. Long values leave their row for ``raw_crm.long_values``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from rich.console import Console

from ingest import audited_yaml
from ingest.audited_yaml import Parsed, parse
from ingest.errors import BrokenTextError
from ingest.landing import shortening
from ingest.landing.shortening import comment_for_rules, shortened
from ingest.landing.staged import Warehouse
from ingest.shared.crm_columns import IN_ROW_BYTES, INVALID_TEXT
from ingest.shared.long_texts import (
    PIECES,
    TABLES,
    LongText,
    pieces_of,
    stand_in,
    whole_texts,
)
from ingest.shared.pool import map_in_processes
from ingest.shared.progress import show_progress
from ingest.shared.versions import source_version

VERSION = source_version(Path(audited_yaml.__file__).parent, Path(shortening.__file__))
FEW_BYTES = 10_000_000  # so many are read before processes would have started
PAGE_BYTES = 2_000_000
ROW_BYTES = 200  # what a row costs beside its text
NOT_UTF8 = Parsed(None, "none", "the text is not UTF-8", ())  # int_outcomes_decided knows it

AUDIT_CHANGES = """
create table if not exists raw_crm.audit_changes (
    audit_id bigint, value json, parser varchar, error varchar, unknown_tags varchar[],
    reader_version varchar);
"""
UNREAD = """
create or replace temp table unread as
with long as (
    select audit_id, sum(byte_count) as byte_count from raw_crm.long_texts group by audit_id
)

select
    audits.id,
    sum(? + coalesce(strlen(audits.audited_changes), 0) + coalesce(long.byte_count, 0))
        over (order by audits.id) as read_bytes
from raw_crm.audits
left join long on audits.id = long.audit_id
anti join raw_crm.audit_changes on audits.id = audit_changes.audit_id
"""
PAGES = """
select min(id) as first, max(id) as last
from unread group by read_bytes // ? order by first
"""
TEXTS = """
select audits.id as audit_id, audits.audited_changes, audits.comment
from raw_crm.audits
semi join unread on audits.id = unread.id
where audits.id between $first and $last
"""
LONG_TEXTS = """
select long_texts.*
from raw_crm.long_texts
semi join unread on long_texts.audit_id = unread.id
where long_texts.audit_id between $first and $last
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
COMMENTS = pa.schema([("audit_id", pa.int64()), ("comment", pa.string())])


class Page(NamedTuple):
    """Texts to read.

    Args:
        texts: The columns ``audit_id``, ``audited_changes`` and ``comment``, which may be null.
        long: The pieces of those that are long.
    """

    texts: pa.Table
    long: pa.Table = PIECES.empty_table()


class ReadPage(NamedTuple):
    """What a page of texts says.

    Args:
        changes: A row of `READ` for each text.
        values: The values that have left their rows, in pieces.
        comments: The long comments of which the rules need something.
    """

    changes: pa.Table
    values: pa.Table
    comments: pa.Table


def read_changes(warehouse: Warehouse, console: Console) -> None:
    """Read what no reader of this version has read yet; a killed call goes on when called again.

    Args:
        warehouse: The account's file, with its audits staged.
        console: Where to show progress.

    Raises:
        WarehouseError: The file cannot be opened.
        BrokenTextError: A long text is not as it was landed.
    """
    with warehouse.connected() as connection:
        connection.execute(AUDIT_CHANGES + TABLES)
        forget_changes(
            connection,
            "audit_id in (select audit_id from raw_crm.audit_changes where reader_version <> ?)",
            (VERSION,),
        )
        connection.execute(UNREAD, (ROW_BYTES,))
        count, byte_count = connection.sql(
            "select count(*), coalesce(max(read_bytes), 0) from unread"
        ).fetchall()[0]
        is_small = byte_count < FEW_BYTES
        with show_progress(console, "changes", count) as progress:
            for read in map_in_processes(read_page, _pages(connection), is_small=is_small):
                _keep(connection, read)
                progress.advance(read.changes.num_rows)


def forget_changes(
    connection: duckdb.DuckDBPyConnection, condition: str, values: Sequence[Any]
) -> None:
    """Forget what was read of the audits of a condition, so that it is read anew."""
    for table in ("long_values", "long_comments", "audit_changes"):
        connection.execute(f"delete from raw_crm.{table} where {condition}", values)  # noqa: S608 - our own names, no value # nosec B608


def read_page(page: Page) -> ReadPage:
    """Read a page of texts; no text raises.

    Raises:
        BrokenTextError: A long text is not as it was landed.
    """
    rows, values, comments = [], list[LongText](), []
    pieces = whole_texts(page.long)
    columns = (page.texts[name].to_pylist() for name in ("audit_id", *IN_ROW_BYTES))
    for audit_id, changes, comment in zip(*columns, strict=True):
        stand_ins = {"audited_changes": changes, "comment": comment}
        long = _decoded(audit_id, pieces.pop(audit_id, {}), stand_ins)
        read = _read_text(long.get("audited_changes", changes))
        value_json, moved = shortened(read.value, read.value_json)
        rows.append((audit_id, value_json, read.parser, read.error, read.unknown_tags))
        values += [LongText(audit_id, str(n), text.encode()) for n, text in enumerate(moved)]
        if "comment" in long and (for_rules := comment_for_rules(long["comment"])) is not None:
            comments.append((audit_id, for_rules))
    return ReadPage(_table(rows, READ), pieces_of(values), _table(comments, COMMENTS))


def _read_text(text: str | None) -> Parsed:
    """Read one text; one that is not UTF-8 is no text of any form."""
    return NOT_UTF8 if text and text.startswith(INVALID_TEXT) else parse(text)


def _decoded(
    audit_id: int, found: Mapping[str, bytes], stand_ins: Mapping[str, str]
) -> dict[str, str]:
    """Return the long texts of a row, each as its stand-in says that it was."""
    for place, content in found.items():
        if stand_in(content) != stand_ins[place]:
            raise BrokenTextError(audit_id, place)
    return {place: content.decode() for place, content in found.items()}


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)


def _keep(connection: duckdb.DuckDBPyConnection, read: ReadPage) -> None:
    connection.begin()
    _insert(connection, "long_values", read.values)
    _insert(connection, "long_comments", read.comments)
    versions = pa.array([VERSION] * read.changes.num_rows, pa.string())
    _insert(connection, "audit_changes", read.changes.append_column("reader_version", versions))
    connection.commit()


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    if rows.num_rows:
        connection.register("page_rows", rows)
        connection.execute(f"insert into raw_crm.{table} by name from page_rows")
        connection.unregister("page_rows")


def _pages(connection: duckdb.DuckDBPyConnection) -> Iterator[Page]:
    for first, last in connection.execute(PAGES, (PAGE_BYTES,)).fetchall():
        ids = {"first": first, "last": last}
        texts, long = (
            connection.sql(query, params=ids).to_arrow_table() for query in (TEXTS, LONG_TEXTS)
        )
        yield Page(texts, long)
