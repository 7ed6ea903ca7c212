"""Asks a long question in pieces of ids, each as short as the server allows (rule: passing faults).

A time-out, or a replica that has to go on, ends a statement that takes long, and would end it
again: so it is asked in halves, and what was answered is not asked anew.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, NamedTuple, TypeVar

from ingest.shared.errors import CrmError

BUCKET_BITS: Final = 14
"""Ids that differ in their last 14 bits only are of one bucket; no piece ends within one."""
BUCKET: Final = 1 << BUCKET_BITS

Answer = TypeVar("Answer")


class Piece(NamedTuple):
    """Ids from the first to the last, both included."""

    first: int
    last: int

    @property
    def condition(self) -> str:
        """The SQL condition that an audit is in it."""
        return f"id between '{self.first}'::bigint and '{self.last}'::bigint"

    def has(self, bucket: int) -> bool:
        """Tell whether a bucket of ids is in it."""
        return self.first <= bucket << BUCKET_BITS <= self.last


ALL: Final = Piece(-(2**63), 2**63 - 1)


def ask_in_pieces(
    ask: Callable[[Piece], Answer],
    find_ends: Callable[[], Piece],
    *,
    pieces: Iterable[Piece] = (ALL,),
    retry: Callable[[Callable[[], Answer | None]], Answer | None] = lambda act: act(),
) -> Iterator[Answer]:
    """Yield the answer of every piece, in the order of the ids.

    Args:
        ask: The question, whose answer is never none.
        find_ends: Tells the least and the greatest id that there is, once a piece is too long.
        pieces: What is asked at first.
        retry: Does what it is given, again where the reason passes.

    Raises:
        CrmError: A piece was refused, or a single bucket takes too long.
    """
    open_pieces = deque(pieces)
    while open_pieces:
        piece = open_pieces.popleft()
        halves: list[Piece] = []
        answer = retry(partial(_ask, ask, piece, find_ends, halves))
        if answer is not None:
            yield answer
        open_pieces.extendleft(reversed(halves))


def _ask(
    ask: Callable[[Piece], Answer],
    piece: Piece,
    find_ends: Callable[[], Piece],
    halves: list[Piece],
) -> Answer | None:
    """Return the answer; without one there are halves."""
    try:
        return ask(piece)
    except CrmError as error:
        if error.is_cut_short:
            halves += halves_of(piece, find_ends())
        if not halves:
            raise
        return None


def halves_of(piece: Piece, ends: Piece) -> list[Piece]:
    """Cut a piece between two buckets, in the middle of the ids that there are; none of one bucket."""
    first, last = max(piece.first, ends.first), min(piece.last, ends.last)
    middle = ((first + last + 1) // 2 + BUCKET // 2) // BUCKET * BUCKET
    if not first < middle <= last:
        return []
    return [Piece(piece.first, middle - 1), Piece(middle, piece.last)]
