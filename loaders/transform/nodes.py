"""Shows on a terminal how far dbt is: which node of how many, and how long the rest takes."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

NODE = re.compile(r"(\d+) of (\d+) START .*?(\S+) \.*\s*\[RUN\]")


@contextmanager
def nodes_shown(console: Console) -> Iterator[Callable[[str], object] | None]:
    """Give what is to be told dbt's lines; nothing where nobody looks.

    Args:
        console: Where to show them.
    """
    if not console.is_terminal:
        yield None
        return
    began = time.monotonic()
    with console.status("transform: dbt reads the project") as status:

        def tell(line: str) -> None:
            if words := node_words(line, time.monotonic() - began):
                status.update(f"transform: {escape(words)}")

        yield tell


def node_words(line: str, seconds: float) -> str:
    """Say which node dbt begins, of how many, and how long the rest takes; else nothing.

    Args:
        line: A line of dbt's output.
        seconds: How long dbt runs already.
    """
    found = NODE.search(line)
    if found is None:
        return ""
    number, count = int(found[1]), int(found[2])
    left = seconds * (count - number) / number
    return f"{number} of {count} nodes, {found[3]}, about {left:.0f} s left"
