"""What takes too long is asked in halves, and what was answered is not asked anew."""

from collections.abc import Callable

import pytest

from ingest.shared.crm_faults import is_cut_short
from ingest.shared.errors import CrmError
from ingest.shared.pieces import ALL, BUCKET, Piece, ask_in_pieces, halves_of


def ends() -> Piece:
    """Ids of four buckets."""
    return Piece(1, 4 * BUCKET - 1)


def again(act: Callable[[], int | None]) -> int | None:
    """Do what passes a second time."""
    try:
        return act()
    except CrmError:
        return act()


def test_what_takes_too_long_is_asked_in_halves() -> None:
    """Down to one bucket; the answers come in the order of the ids, and leave none out."""
    asked: list[Piece] = []

    def ask(piece: Piece) -> Piece:
        asked.append(piece)
        if min(piece.last, ends().last) - max(piece.first, ends().first) >= BUCKET:
            raise CrmError("too long", is_passing=True, is_cut_short=True)
        return piece

    answers = list(ask_in_pieces(ask, ends))
    assert [piece.first for piece in answers] == [ALL.first, BUCKET, 2 * BUCKET, 3 * BUCKET]
    assert [piece.last + 1 for piece in answers[:-1]] == [piece.first for piece in answers[1:]]
    assert answers[-1].last == ALL.last
    assert len(asked) == 7


def test_a_lost_connection_asks_the_open_piece_again_and_no_other() -> None:
    """The pieces before it keep their answers."""
    pieces = [Piece(0, 9), Piece(10, 19), Piece(20, 29)]
    asked: list[Piece] = []

    def ask(piece: Piece) -> int:
        asked.append(piece)
        if asked == pieces[:2]:
            raise CrmError("lost", is_passing=True)
        return piece.first

    assert list(ask_in_pieces(ask, ends, pieces=pieces, retry=again)) == [0, 10, 20]
    assert asked == [pieces[0], pieces[1], pieces[1], pieces[2]]


def test_a_bucket_that_takes_too_long_by_itself_ends_it() -> None:
    """There is nothing left to cut."""

    def ask(_piece: Piece) -> int:
        raise CrmError("too long", is_passing=True, is_cut_short=True)

    with pytest.raises(CrmError, match="too long"):
        list(ask_in_pieces(ask, lambda: Piece(5, 6)))
    assert halves_of(Piece(BUCKET, 2 * BUCKET - 1), ALL) == []


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("57014", "ERROR: canceling statement due to statement timeout", True),
        ("40001", "ERROR: canceling statement due to conflict with recovery", True),
        ("08P01", "FATAL: query timeout", True),
        ("57P01", "FATAL: terminating connection due to administrator command", False),
        (None, "server closed the connection unexpectedly", False),
    ],
)
def test_what_was_ended_since_it_took_long(code: str | None, text: str, expected: bool) -> None:
    """By PostgreSQL's time-out, a replica that has to go on, or a pool."""
    assert is_cut_short(code, text) is expected
