"""A copy of the project that knows many accounts, and their place: what a fleet moves."""

import pickle
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.demo.crm.plans import Plan
from tests.places.copies import Done
from tests.places.projects import copied_project

FIRST_ORGANIZATION = 1_001
IDS_APART = 1_000_000
NAMESPACE = uuid.UUID("6f1b4c1e-0c5f-4d6a-9a55-3d1f5f0f9c11")
LONGEST_S = 3_600
FILL = """
import pickle, sys
from pathlib import Path
from ingest.demo.crm.seeding import seed
seed(*pickle.load(sys.stdin.buffer))
"""


def fleet_plans(count: int, rows: int) -> list[Plan]:
    """Return accounts of so many audits each, `fleet-0001` and so on."""
    return [
        Plan(
            f"fleet-{number + 1:04}",
            FIRST_ORGANIZATION + number,
            rows,
            (FIRST_ORGANIZATION + number) * IDS_APART,
            seed=number,
        )
        for number in range(count)
    ]


@dataclass(frozen=True, slots=True)
class FleetProject:
    """A copy of the project with a line for each account.

    Args:
        folder: Where it is.
        plans: The accounts.
    """

    folder: Path
    plans: Sequence[Plan]

    def make(self) -> None:
        """Copy the project, and tell it the accounts."""
        copied_project(self.folder)
        with (self.folder / "dbt_project" / "seeds" / "accounts.csv").open("a") as seed:
            for plan in self.plans:
                company = uuid.uuid5(NAMESPACE, plan.account)
                seed.write(
                    f"{plan.account},{company},{plan.organization_id},true,false,{plan.account}\n"
                )

    @property
    def slugs(self) -> str:
        """The accounts as a command takes them."""
        return " ".join(plan.account for plan in self.plans)

    def fill(self, variables: dict[str, str], usman_file: Path, plans: Sequence[Plan]) -> None:
        """Fill the sources by the copy's own code, which knows the accounts."""
        subprocess.run(
            [sys.executable, "-c", FILL],
            cwd=self.folder,
            env=variables | {"PYTHONPATH": str(self.folder)},
            input=pickle.dumps((variables, usman_file, list(plans))),
            check=True,
        )

    def run(self, env: dict[str, str], *arguments: str) -> Done:
        """Run `python -m <arguments>` in the copy."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=env | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
