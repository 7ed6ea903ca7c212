"""The encoding of documents as a DuckDB function, loaded by dbt-duckdb as a plugin (spec §3).

``profiles.yml`` names this module; each connection then has ``encoded_document(struct)``.
"""

import subprocess
import sys
from queue import SimpleQueue
from threading import Lock
from typing import Any
from weakref import finalize

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection
from duckdb.func import PythonUDFType

from loaders.documents.encoding_batches import encoded_batch

FUNCTION = "encoded_document"
ROW = (
    "struct(company_sso_id varchar, external_id varchar, source_tag varchar, customer_id varchar, "
    "category varchar, action varchar, user_id varchar, "
    "actor struct(type varchar, name varchar, crm_user_id bigint), changes varchar, "
    "created_at timestamp, metadata struct("
    "crm_audit_id bigint, auditable_type varchar, auditable_id bigint, associated_type varchar, "
    "associated_id bigint, crm_person_id bigint, audit_action varchar, version integer, "
    "comment varchar, remote_address varchar, request_uuid varchar, contact_source varchar, "
    "parser varchar))"
)
RESULT = "struct(document blob, content_hash varchar)"
PROCESSES = 2
ROWS_AT_HOME = 20_000  # so many are done before processes would have started


class Plugin(BasePlugin):
    """Gives dbt's connections the function ``encoded_document``."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the function; dbt calls this once for its database.

        Args:
            conn: The connection that dbt has just opened.
        """
        register(conn)


def register(conn: DuckDBPyConnection) -> None:
    """Add ``encoded_document(row) -> struct(document, content_hash)`` to a connection.

    Args:
        conn: A connection; the row has the columns of ``marts.activity_logs`` but its key.
    """
    conn.create_function(
        FUNCTION,
        Encoding().answer,
        [duckdb.sqltype(ROW)],
        duckdb.sqltype(RESULT),
        type=PythonUDFType.ARROW,
        side_effects=False,
    )


class Encoding:
    """Encodes batches: the first ones here, many more in two processes at once."""

    def __init__(self) -> None:
        self._rows_at_home = 0
        self._lock = Lock()
        self._idle: SimpleQueue[_Process] | None = None

    def answer(self, rows: Any) -> pa.StructArray:
        """Encode a struct array, or a chunked one; DuckDB's threads call this at the same time."""
        whole = rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows
        idle = self._processes(len(whole))
        if idle is None:
            return encoded_batch(whole).to_struct_array()
        process = idle.get()
        try:
            answer = process.answer(whole)
        except (OSError, pa.ArrowException):
            process = _Process()  # that one ended; if the rows did it, the next line says so
            answer = encoded_batch(whole).to_struct_array()
        finally:
            idle.put(process)
        return answer

    def _processes(self, count: int) -> "SimpleQueue[_Process] | None":
        with self._lock:
            self._rows_at_home += count
            if self._idle is None and self._rows_at_home > ROWS_AT_HOME:
                self._idle = SimpleQueue()
                for _ in range(PROCESSES):
                    self._idle.put(_Process())
            return self._idle


class _Process:
    """A process of `loaders.documents.encoding_batches`; it ends when this one closes its input, or ends."""

    def __init__(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "loaders.documents.encoding_batches"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        finalize(self, _end, process)
        self._input: Any = process.stdin
        self._output = process.stdout
        self._batches: pa.RecordBatchStreamWriter | None = None
        self._answers: pa.RecordBatchStreamReader | None = None

    def answer(self, rows: pa.StructArray) -> pa.StructArray:
        """Encode a batch there; both streams begin with their first batch."""
        batch = pa.RecordBatch.from_struct_array(rows)
        if self._batches is None:
            self._batches = pa.ipc.new_stream(self._input, batch.schema)
        self._batches.write_batch(batch)
        self._input.flush()
        if self._answers is None:
            self._answers = pa.ipc.open_stream(self._output)
        return self._answers.read_next_batch().to_struct_array()


def _end(process: "subprocess.Popen[bytes]") -> None:
    for stream in filter(None, (process.stdin, process.stdout)):
        stream.close()
    process.wait()
