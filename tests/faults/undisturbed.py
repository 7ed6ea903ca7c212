"""One undisturbed run, stage by stage: what every disturbed one is compared with."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.comparing import Documents
from tests.places import shared
from tests.places.copies import Place, copied_place, seeded_place

STAGES = {
    "ingest": ("ingest", "extract"),
    "transform": ("loaders", "transform"),
    "load": ("loaders", "load"),
    "reconcile": ("loaders", "reconcile"),
    "rollback": ("loaders", "rollback", "--yes"),
    "migrate": ("loaders", "migrate", "--force"),
}
THEN = {"ingest": ("transform", "load"), "transform": ("load",), "rollback": ("load",)}
IN_ORDER = ("ingest", "transform", "load", "reconcile")


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """An account that was migrated once and never disturbed.

    Args:
        before: The place as it was before each stage.
        seconds: How long each stage took here.
        documents: The collection in the end.
        empty: The collection before.
    """

    before: dict[str, Place]
    seconds: dict[str, float]
    documents: Documents
    empty: Documents


@contextmanager
def undisturbed_run(
    env: dict[str, str], account: str, rows: int, var: Path
) -> Iterator[Undisturbed]:
    """Migrate an account of a place of its own, and keep what it was before each stage.

    Args:
        env: The servers.
        account: A simulated account.
        rows: How many audits it has more than in the demo.
        var: A folder for all of it.
    """
    before: dict[str, Place] = {}
    seconds: dict[str, float] = {}
    with ExitStack() as places:
        place = places.enter_context(seeded_place(env, account, var / "seeded"))
        if rows:
            place.add_audits(rows)
        empty = place.documents()
        for stage in IN_ORDER:
            before[stage] = place
            place = places.enter_context(copied_place(place, var / f"after_{stage}"))
            seconds[stage] = _seconds(place, stage)
            shared.give(var / f"after_{stage}")
        documents = place.documents()
        before["rollback"], before["migrate"] = place, before["ingest"]
        with copied_place(place, var / "rolled_back") as rolled_back:
            seconds["rollback"] = _seconds(rolled_back, "rollback")
        seconds["migrate"] = sum(seconds[stage] for stage in IN_ORDER)
        yield Undisturbed(before, seconds, documents, empty)


def _seconds(place: Place, stage: str) -> float:
    started_at = time.monotonic()
    place.done(*STAGES[stage])
    return time.monotonic() - started_at
