"""Reading ahead keeps the order, the errors and the bound."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from ingest.shared.read_ahead import read_ahead


def counting(read: list[int], last: int) -> Iterator[int]:
    """Numbers that note when they are read."""
    for number in range(last):
        read.append(number)
        yield number


def test_every_item_comes_once_and_in_order() -> None:
    """Nothing is lost or doubled between the two threads."""
    assert list(read_ahead(counting([], 1000), 3)) == list(range(1000))


def test_a_bounded_number_of_items_waits() -> None:
    """A source that is faster than its reader does not fill the memory."""
    read: list[int] = []
    with closing(read_ahead(counting(read, 1000), 3)) as items:
        for _ in range(10):
            next(items)
    assert 10 <= len(read) <= 14


def test_an_error_comes_in_its_items_place() -> None:
    """What was read before it is not lost."""

    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("the source went away")

    items = read_ahead(failing(), 3)
    assert next(items) == 1
    with pytest.raises(ValueError, match="went away"):
        next(items)


def test_no_thread_outlives_its_caller() -> None:
    """The source can be closed as soon as the items are."""
    with closing(read_ahead(counting([], 1000), 3)) as items:
        next(items)
    assert not [thread for thread in threading.enumerate() if "read_ahead" in thread.name]
