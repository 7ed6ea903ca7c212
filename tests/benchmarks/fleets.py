"""Many small accounts by a fleet, by one command each, and by the hand-written script (rule: fleet)."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from ingest.demo.crm.plans import Plan
from tests.benchmarks.measuring import StageFailedError
from tests.benchmarks.places import filled_place
from tests.places.copies import ROOT, Place, copied_place
from tests.places.fleets import FleetProject, fleet_plans

MOST_SECONDS = 4.0
"""The bar for an account of 1,000 audits in a fleet on two cores."""
SINGLE = 5
"""How many accounts are moved one by one, to be compared with."""


@dataclass(frozen=True, slots=True)
class Way:
    """How some accounts were moved, and how long all of them took."""

    name: str
    accounts: int
    seconds: float

    @property
    def each(self) -> float:
        """Seconds an account."""
        return self.seconds / self.accounts


def ways_compared(
    folder: Path, count: int, rows: int, workers: int, say: Callable[[str], None]
) -> list[Way]:
    """Move the same accounts in three ways, and return how long each took.

    Args:
        folder: Everything is made anew below.
        count: How many accounts the fleet moves.
        rows: The audits of each.
        workers: How many processes move them.
        say: Told what begins.
    """
    project = FleetProject(folder / "project", fleet_plans(count, rows))
    some = project.plans[:SINGLE]

    def fill(variables: dict[str, str], usman_file: Path, plans: Sequence[Plan]) -> None:
        project.make()
        shutil.copytree(ROOT / "tests", project.folder / "tests")
        project.fill(variables, usman_file, plans)

    say(f"making {count} accounts of {rows:,} audits each")
    with filled_place(folder, *project.plans, fill=fill) as untouched:
        say(f"a fleet of {workers} workers")
        with copied_place(untouched, folder / "fleet") as place:
            fleet = ("loaders", "fleet", "--accounts", project.slugs, "--workers", str(workers))
            ways = [Way(f"fleet, {workers} workers", count, _seconds(project, place, fleet))]
        say("one command an account")
        with copied_place(untouched, folder / "single") as place:
            seconds = [
                _seconds(project, place, (*stage, "--account", plan.account))
                for plan in some
                for stage in (("ingest", "probe"), ("loaders", "migrate"))
            ]
            ways.append(Way("make probe and make migrate", len(some), sum(seconds)))
            first = sum(seconds[:2])
            ways.append(Way("  the first of them, nothing warm", 1, first))
        say("the hand-written script")
        with copied_place(untouched, folder / "script") as place:
            script = (
                "tests.benchmarks.handwritten",
                "--limit",
                str(rows),
                "--out",
                str(folder / "script.json"),
            )
            seconds = [
                _seconds(project, place, (*script, "--account", plan.account)) for plan in some
            ]
            ways.append(Way("hand-written script", len(some), sum(seconds)))
    return ways


def ways_table(ways: Sequence[Way]) -> Table:
    """Return the ways beside each other."""
    table = Table("way", title="Many small accounts")
    for heading in ("accounts", "s", "s an account", "beside the first"):
        table.add_column(heading, justify="right")
    for way in ways:
        ratio = f"{way.each / ways[0].each:.2f}"
        table.add_row(way.name, str(way.accounts), f"{way.seconds:.1f}", f"{way.each:.2f}", ratio)
    return table


def _seconds(project: FleetProject, place: Place, arguments: Sequence[str]) -> float:
    began = time.monotonic()
    done = project.run(place.env, *arguments)
    took = time.monotonic() - began
    if done.returncode:
        raise StageFailedError(f"{' '.join(arguments)}: {done.stderr[-500:]}")
    return took
