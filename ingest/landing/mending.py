"""Reads a range of staged audits again, and replaces it (rule: staging equals source)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from ingest.landing.aside import keep_texts, put_aside
from ingest.landing.reading import forget_changes
from ingest.shared.crm_columns import AUDITS_SCHEMA


def mend(
    connection: duckdb.DuckDBPyConnection, audits: Iterable[pa.Table], first: int, last: int
) -> tuple[int, int, int]:
    """Replace a range of staged audits in one transaction; count what was wrong with it."""
    with _transaction(connection):
        _read_again(connection, audits, first, last)
        late, changed, gone = _differences(connection, first, last)
        if gone:
            connection.execute(
                "insert into raw_crm.gone_audits "
                "select id, current_localtimestamp() from raw_crm.audits "
                "anti join audits_read_again using (id) where id between ? and ?",
                (first, last),
            )
        connection.execute("delete from raw_crm.audits where id between ? and ?", (first, last))
        forget_changes(connection, "audit_id between ? and ?", (first, last))
        connection.execute("insert into raw_crm.audits by name from audits_read_again")
        connection.execute("drop table audits_read_again")
    return late, changed, gone


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep all that the block does, or nothing: the source may stop answering within it."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


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
        "with staged as (select * from raw_crm.audits where id between ? and ?) "  # noqa: S608 - our own or quoted names, no value # nosec B608
        "select count(*) filter (where staged.id is null), "
        "count(*) filter (where staged.id is not null and audits_read_again.id is not null "
        f"and ({is_changed})), "
        "count(*) filter (where audits_read_again.id is null) "
        "from staged full join audits_read_again on staged.id = audits_read_again.id",
        (first, last),
    ).fetchall()
    late, changed, gone = rows[0]
    return late, changed, gone
