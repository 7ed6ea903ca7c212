"""Gives the accounts to the cluster and tells how each ends (rule: fleet)."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from distributed import Client, Future

from loaders.errors import SchedulerLostError
from loaders.fleet.moving import INTERNAL, Moved, Order, move

POLL_S = 0.5
LOST = ("cancelled", "lost")  # with a scheduler that was started anew
# The worst comes first: MongoDB differs, a halt, an error, a gate, a wrong usage, nothing to do.
WORST = (5, 4, 1, 3, 2, 6, 0)


def run_fleet(
    client: Client,
    accounts: Sequence[str],
    order: Order,
    look: Callable[[Sequence[str], Client], object],
) -> Iterator[Moved]:
    """Yield each account as it ends; one that fails stops no other.

    Args:
        client: The cluster.
        accounts: Slugs, in the order in which they begin.
        order: What each is told.
        look: Told every half second which accounts have not ended, and the cluster.

    Raises:
        SchedulerLostError: The scheduler is gone for longer than the client waits for it.
    """
    waiting = {slug: _submitted(client, slug, order) for slug in accounts}
    while waiting:
        for slug, future in list(waiting.items()):
            if future.status in LOST:
                if client.status == "closed":
                    raise SchedulerLostError
                if client.status == "running":
                    waiting[slug] = _submitted(client, slug, order)
            elif future.done():
                yield _ended(slug, waiting.pop(slug))
        look(tuple(waiting), client)
        time.sleep(POLL_S)


def worst(ended: Sequence[Moved]) -> int:
    """Return the exit code of the fleet, which is the worst of its accounts'."""
    codes = [each.exit_code for each in ended]
    known = [code for code in WORST if code in codes]
    return known[0] if known else max(codes, default=0)


def _submitted(client: Client, slug: str, order: Order) -> Future[Any]:
    return client.submit(move, slug, order, pure=False)


def _ended(slug: str, future: Future[Any]) -> Moved:
    if future.status == "finished":
        moved: Moved = future.result()
        return moved
    return Moved(slug, INTERNAL, "failed", f"the worker ended: {type(future.exception()).__name__}")
