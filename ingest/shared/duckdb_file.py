"""Opens an account's DuckDB file, into which one process at a time may write."""

import time
from pathlib import Path

import duckdb

from ingest.shared.duckdb_settings import duckdb_config, duckdb_problem
from ingest.shared.errors import WarehouseError

LOCK_WAIT_S = 15.0
HELD = "another command has it open, most likely a run; try again when that is over"


def connect(path: Path, *, share: float, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the file; where another process has it, wait a little: it may be about to end.

    Args:
        path: The file.
        share: How much of DuckDB's memory the connection takes.
        read_only: Write nothing; others may read at the same time.

    Raises:
        WarehouseError: It is held by another process, or is no file of DuckDB.
    """
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=duckdb_config(share=share))
        except duckdb.Error as error:
            is_held = isinstance(error, duckdb.IOException) and "lock" in str(error).lower()
            if not is_held:
                raise WarehouseError(path, duckdb_problem(str(error))) from error
            if time.monotonic() > deadline:
                raise WarehouseError(path, HELD) from error
            time.sleep(0.25)
