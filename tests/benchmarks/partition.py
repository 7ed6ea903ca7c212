"""Inserts the documents of one range of audit ids, in a process of its own."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from bson.raw_bson import RawBSONDocument

from loaders.activity_logs import ActivityLogs
from loaders.cdp import connected
from loaders.encoding import of_job
from loaders.load import BATCH_ROWS, WRITERS

JOB_ID = "00000000-0000-4000-8000-000000000000"
RANGE = """
select document from marts.activity_log_documents
where audit_id between ? and ? order by audit_id
"""


def main(
    staging: Annotated[Path, typer.Option(help="The account's DuckDB file; it is only read.")],
    url: Annotated[str, typer.Option(help="MongoDB, with the database.")],
    company_sso_id: Annotated[str, typer.Option()],
    first: Annotated[int, typer.Option()],
    last: Annotated[int, typer.Option()],
    out: Annotated[Path, typer.Option(help="Where documents and seconds are told.")],
) -> None:
    """Insert the documents of a range of audits as the loader does, and tell how long it took."""
    count, started_at = 0, time.monotonic()
    with (
        duckdb.connect(staging, read_only=True) as warehouse,
        connected(url) as database,
        ThreadPoolExecutor(WRITERS) as pool,
    ):
        logs = ActivityLogs(database, company_sso_id)
        found: Any = warehouse.sql(RANGE, params=[first, last])
        for batch in found.to_arrow_reader(BATCH_ROWS):
            encoded = batch.column("document").to_pylist()
            made = [RawBSONDocument(of_job(each, JOB_ID)) for each in encoded]
            count += logs.insert_parallel(pool, made, JOB_ID).migrated
    seconds = time.monotonic() - started_at
    out.write_text(json.dumps({"documents": count, "seconds": seconds}))


if __name__ == "__main__":
    typer.run(main)
