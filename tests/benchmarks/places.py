"""Servers of the benchmark's own, with accounts of a given size in the demo's mix."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ingest.demo.crm.plans import PLANS, Plan
from ingest.demo.crm.seeding import seed
from ingest.demo.servers.running import running_servers
from tests.places.copies import Place, seeded_place

SPAN_SECONDS = 5 * 31_536_000
IDS_APART = 1_000_000_000


def plan(rows: int, number: int = 0) -> Plan:
    """Return a plan of so many audits over five years, else as the demo's account of that number."""
    return replace(
        PLANS[number],
        audit_count=rows,
        first_audit_id=(number + 1) * IDS_APART,
        mean_step_seconds=min(PLANS[number].mean_step_seconds, SPAN_SECONDS / rows),
    )


@contextmanager
def filled_place(
    folder: Path,
    *plans: Plan,
    fill: Callable[[dict[str, str], Path, Sequence[Plan]], object] = seed,
) -> Iterator[Place]:
    """A place of the first plan's account, nothing migrated; the folder is gone afterwards.

    Args:
        folder: Everything of it, the servers too, is made anew below.
        plans: The accounts.
        fill: What writes them into the sources.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    servers, var_dir = folder / "servers", folder / "seeded"
    try:
        with (
            running_servers(servers) as variables,
            seeded_place(variables, plans[0].account, var_dir, plans, fill=fill) as place,
        ):
            shutil.copy(var_dir / "usman.json", servers / "usman.json")
            yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)
