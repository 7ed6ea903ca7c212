"""What is read ahead is what would have been read, in its order."""

from collections.abc import Iterator

import pytest

from loaders.ahead import one_ahead


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_every_part_comes_once_and_in_order(count: int) -> None:
    """None is lost at the end, and none is made up."""
    assert list(one_ahead(iter(range(count)))) == list(range(count))


def test_only_one_part_is_fetched_before_it_is_wanted() -> None:
    """So memory stays that of two parts."""
    fetched = []

    def parts() -> Iterator[int]:
        for number in range(9):
            fetched.append(number)
            yield number

    coming = one_ahead(parts())
    assert next(coming) == 0
    coming.close()
    assert len(fetched) <= 2


def test_a_failure_comes_where_it_happened() -> None:
    """After the parts before it."""

    def parts() -> Iterator[int]:
        yield 1
        raise ConnectionError

    coming = one_ahead(parts())
    assert next(coming) == 1
    with pytest.raises(ConnectionError):
        next(coming)
