"""Reads from one system while another one writes."""

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
_END: Final = object()


def read_ahead(items: Iterable[T], count: int) -> Generator[T, None, None]:
    """Yield items that a thread reads meanwhile, at most some ahead.

    When the caller closes it, the item that is being read is waited for.

    Args:
        items: Where to read; only the thread does.
        count: How many items may wait.

    Raises:
        Exception: What reading an item raised, in the item's place.
    """
    iterator = iter(items)
    reader = ThreadPoolExecutor(1, "read_ahead")
    try:
        coming = deque(reader.submit(next, iterator, _END) for _ in range(count))
        while (item := coming.popleft().result()) is not _END:
            coming.append(reader.submit(next, iterator, _END))
            yield item  # type: ignore[misc]  # mypy does not narrow by a sentinel
    finally:
        reader.shutdown(cancel_futures=True)
