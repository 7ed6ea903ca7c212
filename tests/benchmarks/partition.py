"""Inserts the documents of one range of audit ids, in a process of its own."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from bson.raw_bson import RawBSONDocument

from ingest.shared.mongo import connected
from ingest.shared.read_ahead import read_ahead
from loaders.documents.layout import of_job
from loaders.load.collection import ActivityLogs
from loaders.load.load import BATCH_ROWS, WRITERS
from loaders.load.plan import PAGE_ROWS
from loaders.transform.warehouse import DOCUMENTS, MEMORY_LIMIT

JOB_ID = "00000000-0000-4000-8000-000000000000"
PAGE_ENDS = f"""
select audit_id from (
    select audit_id, row_number() over (order by audit_id) as place
    from {DOCUMENTS} where audit_id between ? and ?)
where place % {PAGE_ROWS} = 0
order by audit_id
"""  # noqa: S608
PAGE = f"select document from {DOCUMENTS} where audit_id > ? and audit_id <= ? order by audit_id"  # noqa: S608


def main(
    staging: Annotated[Path, typer.Option(help="The account's DuckDB file; it is only read.")],
    url: Annotated[str, typer.Option(help="MongoDB, with the database.")],
    company_sso_id: Annotated[str, typer.Option()],
    first: Annotated[int, typer.Option()],
    last: Annotated[int, typer.Option()],
    out: Annotated[Path, typer.Option(help="Where documents, begin and end are told.")],
) -> None:
    """Insert the documents of a range of audits as the loader does, and tell from when to when."""
    config: Any = {"memory_limit": MEMORY_LIMIT, "threads": 2, "temp_directory": f"{out}.tmp"}
    count, began = 0, time.time()
    with (
        duckdb.connect(staging, read_only=True, config=config) as warehouse,
        connected(url) as database,
        ThreadPoolExecutor(WRITERS) as pool,
    ):
        logs = ActivityLogs(database, company_sso_id)
        for made in read_ahead(_batches(warehouse, first, last), 1):
            count += logs.insert_parallel(pool, made, JOB_ID).migrated
    out.write_text(json.dumps({"documents": count, "began": began, "ended": time.time()}))


def _batches(
    warehouse: duckdb.DuckDBPyConnection, first: int, last: int
) -> Iterator[list[RawBSONDocument]]:
    ends = [end for (end,) in warehouse.execute(PAGE_ENDS, [first, last]).fetchall()]
    for after, end in pairwise([first - 1, *ends, last]):
        page: Any = warehouse.sql(PAGE, params=[after, end])
        for batch in page.to_arrow_reader(BATCH_ROWS):
            documents = batch.column("document").to_pylist()
            yield [RawBSONDocument(of_job(each, JOB_ID)) for each in documents]


if __name__ == "__main__":
    typer.run(main)
