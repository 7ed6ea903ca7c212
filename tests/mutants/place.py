"""The account whose rows the tests ask: migrated, with wrong documents put into MongoDB."""

import shutil
from pathlib import Path

import duckdb

from ingest.demo.crm.plans import plan_of
from loaders.transform.build import dbt
from tests.benchmarks.places import filled_place
from tests.faults.injections import INJECTIONS
from tests.faults.test_injected import injected
from tests.faults.undisturbed import STAGES

ACCOUNT = "demo-trouble"
STAGING = "staging.duckdb"


def built_account(folder: Path, env: dict[str, str], models: list[str]) -> None:
    """Build the account and run all tests, so that dbt's artifacts are of the code as it is.

    Args:
        folder: Where the account's file stays, since its sources are always the same ones.
        env: The environment.
        models: Whose tests are run; all if none is named.
    """
    if not (folder / STAGING).exists():
        _migrate(folder)
    chosen = ("--select", *models) if models else ()
    dbt(folder, env, "build", *chosen)


def _migrate(folder: Path) -> None:
    with filled_place(folder.with_name("mutants-servers"), plan_of(ACCOUNT)) as place:
        place.run("ingest", "probe")
        place.done(*STAGES["migrate"])
        differences = {each.kind: each.difference for each in INJECTIONS}
        found = injected(place, INJECTIONS)
        place.run(*STAGES["reconcile"])
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(place.folder / STAGING, folder / STAGING)
    with duckdb.connect(folder / STAGING) as warehouse:
        warehouse.execute(
            "create or replace table readback.injected (external_id varchar, difference varchar)"
        )
        rows = [(key, differences[kind]) for kind, key in found.items()]
        warehouse.executemany("insert into readback.injected values (?, ?)", rows)
