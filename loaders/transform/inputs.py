"""What an account's marts are made from; where that is as it was, they are kept (rule: bars)."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from ingest import audited_yaml
from ingest.shared.duckdb_settings import duckdb_config, duckdb_problem
from ingest.shared.seeds import Account
from ingest.shared.versions import source_version
from loaders import documents
from loaders.errors import StageFailedError
from loaders.transform.provenance import code_hash, lock_hash, mapping_hashes

INPUTS = "inputs.json"
VIEWS_MADE_OF = ("account", "code", "types", "build")
MADE_WITH = ("mapping", "reader", "rules")
"""What decides of a document beside its sources: the seeds, how texts are read, the code."""
READER = f"{source_version(Path(audited_yaml.__file__).parent)} {documents.VERSION}"
# The history of the extracts is what no mart is made from; of long texts the rows tell the hash.
COLUMNS = """
select
    table_schema,
    table_name,
    list(column_name order by column_name) as columns,
    list(data_type order by column_name) as types
from information_schema.columns
where starts_with(table_schema, 'raw_')
    and not starts_with(table_name, '_dlt')
    and not starts_with(column_name, '_dlt')
    and (table_schema, table_name) not in (
        ('raw_crm', 'extracts'), ('raw_crm', 'long_texts'), ('raw_crm', 'long_values'))
group by all
order by all
"""


def inputs(account: Account, staging: Path) -> dict[str, Any]:
    """Return hashes of all that the marts are made from: seeds, code, every staged row and its types.

    Args:
        account: The account.
        staging: Its warehouse, which nobody holds.

    Raises:
        StageFailedError: The warehouse cannot be read.
    """
    try:
        sources, types = _sources(staging)
    except duckdb.Error as error:
        raise StageFailedError(
            "transform", 1, f"{staging} cannot be read: {duckdb_problem(str(error))}"
        ) from error
    return {
        "account": account.account,
        "seeds": mapping_hashes(account),
        "code": [code_hash(), lock_hash()],
        "sources": sources,
        "types": types,
    }


def views_stand(last: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    """Tell whether a build need not make its views: the last good one made them, of the same code.

    Args:
        last: What the last build was made from, with its `build`; none where it did not pass.
        now: The same of the build that is about to begin, with the `build` that the file has.
    """
    return last is not None and all(last.get(key) == now[key] for key in VIEWS_MADE_OF)


def build_id(staging: Path) -> str | None:
    """Return dbt's id of the build whose marts the file has; none where it has none."""
    with duckdb.connect(staging, read_only=True) as warehouse, suppress(duckdb.CatalogException):
        [(found,)] = warehouse.execute("select build_id from readback.builds").fetchall()
        return str(found)
    return None


def keep_inputs(target: Path, made_from: dict[str, Any]) -> None:
    """Note beside dbt's artifacts what a build that passed was made from."""
    (target / INPUTS).write_text(json.dumps(made_from, indent=1))


def kept_inputs(target: Path) -> dict[str, Any] | None:
    """Return what the last build was made from; none when it failed or there was none."""
    path = target / INPUTS
    found: dict[str, Any] | None = json.loads(path.read_bytes()) if path.exists() else None
    return found


def made_with(target: Path) -> dict[str, Any] | None:
    """Return what stands for each of `MADE_WITH`; none where the last build's inputs are not known."""
    found = kept_inputs(target)
    if found is None:
        return None
    return {"mapping": found["seeds"], "reader": READER, "rules": found["code"]}


def forget_inputs(target: Path) -> None:
    """Let the last build count no more: the next one is about to change the marts."""
    for name in (INPUTS, "run_results.json"):
        (target / name).unlink(missing_ok=True)


def _sources(staging: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return count and hash of every staged table, whatever the order of its rows, and its types."""
    with duckdb.connect(staging, read_only=True, config=duckdb_config()) as warehouse:
        tables = {
            f"{schema}.{table}": (columns, types)
            for schema, table, columns, types in warehouse.execute(COLUMNS).fetchall()
        }
        hashes = {name: _table_hash(warehouse, name, tables[name][0]) for name in tables}
    return hashes, {name: dict(zip(*tables[name], strict=True)) for name in tables}


def _table_hash(warehouse: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    query = f"select count(*), sum(hash({names})::hugeint)::varchar from {table}"  # noqa: S608 - our own names, no value # nosec B608
    count, total = warehouse.execute(query).fetchall()[0]
    return f"{count}:{total}"
