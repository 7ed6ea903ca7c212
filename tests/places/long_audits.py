"""Audits with long texts, written into a simulated CRM one by one: no size of them is held."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

import psycopg

from ingest.demo.crm.crm_tables import copy_audits, vacuum
from ingest.demo.crm.history import Row
from ingest.demo.crm.plans import plan_of
from tests.places.copies import Place

FIRST_ID = 50_000_000
KB = 1_000
SHARES = ((0.90, 1 * KB, 10 * KB), (0.09, 10 * KB, 200 * KB), (0.01, 200 * KB, 16_000 * KB))
"""Which share of the texts has which sizes (the specification's bar for memory)."""
BLOCK = 1_000_000


def sizes(count: int, seed: int = 1) -> Iterator[int]:
    """Draw sizes by `SHARES`, in random order; within a share every magnitude is as likely."""
    draw = Random(seed)  # noqa: S311 - no secret
    shares, lowest, highest = zip(*SHARES, strict=True)
    for share in draw.choices(range(len(SHARES)), shares, k=count):
        low, high = lowest[share], highest[share]
        yield int(low * (high / low) ** draw.random())


def add_long_audits(place: Place, wanted: Iterable[int], first_id: int = FIRST_ID) -> int:
    """Append audits of a known person whose texts have the wanted sizes, in bytes."""
    with psycopg.connect(place.env["CRM_DEMO_ADMIN_URL"]) as crm:
        count = copy_audits(crm, _rows(place, wanted, first_id))
    vacuum(place.env["CRM_DEMO_ADMIN_URL"])
    return count


def _rows(place: Place, wanted: Iterable[int], first_id: int) -> Iterator[Row]:
    plan = plan_of(place.account)
    words = _words()
    for number, size in enumerate(wanted):
        start = number * 7919 % BLOCK
        body = (words[start:] + words * (size // BLOCK + 1))[:size]
        is_create = number % 3 == 0
        yield (
            first_id + number,
            plan.organization_id,
            number + 1,
            "CrmTicket",
            plan.person_base + 1 + number % 5,
            "CrmPerson",
            plan.user_base + 1,
            "User",
            None,
            "create" if is_create else "update",
            _created(body) if is_create else _updated(body, number),
            1,
            None,
            "10.0.0.1",
            None,
            datetime(2024, 1, 1) + timedelta(seconds=number),
        )


def _created(body: str) -> str:
    """A block of lines, as Psych writes a text with line breaks."""
    lines = body.replace("~", "\n  ")
    return f"---\nsubject: A long one\nbody: |-\n  x{lines}\ncrm_stage_id: 3\n"


def _updated(body: str, number: int) -> str:
    middle = len(body) // (2 + number % 3)
    return f'---\nbody:\n- "{body[:middle]}"\n- "{body[middle:]}"\n'


def _words() -> str:
    """Words of every length, some beyond ASCII; `~` is where a line may end."""
    draw = Random(2)  # noqa: S311 - no secret
    letters = "abcdefghijklmnopqrstuvwxyzäß€"
    made: list[str] = []
    length = 0
    while length < BLOCK:
        word = "".join(draw.choices(letters, k=draw.randint(2, 11)))
        made.append(word + draw.choice(["", ".", ",", "~"]))
        length += len(made[-1]) + 1
    return " ".join(made)[:BLOCK].replace("~ ", "~")
