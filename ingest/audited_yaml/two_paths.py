"""The transform's two ways of reading, SQL and parser, over rows of one's own (spec §8.1, §14).

dbt itself builds its models over a small warehouse, so that nothing is read twice in two ways.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.audited_yaml.duckdb_functions import register
from ingest.audited_yaml.errors import ReadingError
from ingest.landing.tables import AUDITS

ROOT = Path(__file__).parents[2]
READ = """
    select document::varchar as value, parser, parse_error as error
    from intermediate.int_audits_parsed
    order by audit_id
"""
DBT_RUN = (
    *("--warn-error", "run", "--select", "+int_audits_parsed", "--vars", "{account: none}"),
    *("--project-dir", "dbt_project", "--profiles-dir", "."),
)
BATCH_ROWS = 5_000


class TwoPaths:
    """A warehouse of one table, and dbt's models that read it.

    Args:
        folder: An empty folder of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "staging.duckdb"
        with duckdb.connect(self.warehouse) as connection:
            connection.execute("create schema raw_crm")
            connection.register("empty", AUDITS.empty_table())
            connection.execute("create table raw_crm.audits as select * from empty")

    def insert(self, texts: Iterable[list[str | None]]) -> None:
        """Add batches of texts; their ids go on from the last one."""
        with duckdb.connect(self.warehouse) as connection:
            for batch in texts:
                connection.register("batch", pa.table({"text": pa.array(batch, pa.string())}))
                connection.execute(
                    "insert into raw_crm.audits by name select text as audited_changes, row_number() "
                    "over () + (select count(*) from raw_crm.audits) as id from batch"
                )

    def build(self) -> None:
        """Let dbt build the models that read ``audited_changes``.

        Raises:
            ReadingError: dbt failed.
        """
        done = subprocess.run(  # noqa: S603 - dbt, with arguments of ours
            [str(Path(sys.executable).parent / "dbt"), *DBT_RUN],
            cwd=ROOT,
            env={
                **os.environ,
                "STAGING_PATH": str(self.warehouse),
                "PYTHONPATH": str(ROOT),
                "DBT_TARGET_PATH": str(self.folder / "target"),
                "DBT_LOG_PATH": str(self.folder / "logs"),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ReadingError(done.stdout.strip())

    def readings(self) -> Iterator[tuple[str | None, str, str | None]]:
        """Stream value (JSON text), parser and error of each text, in their order."""
        with duckdb.connect(self.warehouse) as connection:
            register(connection)
            for batch in connection.sql(READ).to_arrow_reader(BATCH_ROWS):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
