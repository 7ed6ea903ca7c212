"""The parser as a DuckDB function, loaded by dbt-duckdb as a plugin (spec §8.1).

``profiles.yml`` names this module; each connection then has ``parse_changes(varchar)``.
"""

from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection
from duckdb.func import FunctionNullHandling, PythonUDFType

from ingest.audited_yaml.parser import parse

FUNCTION = "parse_changes"
FIELDS = {
    "value": "VARCHAR",
    "parser": "VARCHAR",
    "error": "VARCHAR",
    "unknown_tags": "VARCHAR[]",
}


class Plugin(BasePlugin):
    """Gives dbt's connections the function ``parse_changes``."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the function; dbt calls this once for its database.

        Args:
            conn: The connection that dbt has just opened.
        """
        register(conn)


def register(conn: DuckDBPyConnection) -> None:
    """Add ``parse_changes(varchar) -> struct(value, parser, error, unknown_tags)`` to a connection.

    Rows are handed over as Arrow batches. NULL gives ``(null, 'none', null, [])``; no text raises.
    """
    conn.create_function(
        FUNCTION,
        parse_batch,
        [duckdb.sqltype("VARCHAR")],
        duckdb.struct_type({name: duckdb.sqltype(kind) for name, kind in FIELDS.items()}),
        type=PythonUDFType.ARROW,
        null_handling=FunctionNullHandling.SPECIAL,
        side_effects=False,
    )


def parse_batch(texts: Any) -> pa.StructArray:
    """Parse an Arrow array of texts.

    Args:
        texts: A string array, or a chunked one; nulls are allowed.

    Returns:
        A struct array of the same length with the texts ``value``, ``parser``, ``error`` and the
        list of texts ``unknown_tags``.
    """
    parsed = [parse(text) for text in texts.to_pylist()]
    columns = (
        pa.array([each.value_json for each in parsed], pa.string()),
        pa.array([each.parser for each in parsed], pa.string()),
        pa.array([each.error for each in parsed], pa.string()),
        pa.array([each.unknown_tags for each in parsed], pa.list_(pa.string())),
    )
    return pa.StructArray.from_arrays(columns, names=list(FIELDS))
