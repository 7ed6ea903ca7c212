"""Tells how a pass goes on: a bar on a terminal, plain lines elsewhere (spec §9)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

PLAIN_LINE_EVERY_S = 5.0


class Progress(Protocol):
    """Whatever wants to know how many rows are done."""

    def advance(self, rows: int) -> None:
        """Note that so many more rows are done."""


@contextmanager
def shown(console: Console, what: str, total: int) -> Iterator[Progress]:
    """Show a pass while the block runs.

    Args:
        console: Where to show it; decides between bar and lines.
        what: Name of the rows.
        total: Rows that are expected, for the ETA.
    """
    if not console.is_terminal:
        lines = _Lines(console, what, total)
        yield lines
        lines.end()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeRemainingColumn(), console=console) as bar:
        yield _Bar(bar, what, total)


class _Bar:
    def __init__(self, bar: Bar, what: str, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task(what, total=total)

    def advance(self, rows: int) -> None:
        self._bar.update(self._task, advance=rows)


class _Lines:
    def __init__(self, console: Console, what: str, total: int) -> None:
        self._console = console
        self._what = what
        self._total = total
        self._done = 0
        self._started_at = time.monotonic()
        self._next_line_at = PLAIN_LINE_EVERY_S

    def advance(self, rows: int) -> None:
        self._done += rows
        if self._seconds >= self._next_line_at:
            self._next_line_at = self._seconds + PLAIN_LINE_EVERY_S
            self.end()

    def end(self) -> None:
        rate = self._done / self._seconds if self._seconds else 0.0
        self._console.print(
            f"{self._what}: {self._done:,} of {self._total:,}, {rate:,.0f} a second",
            highlight=False,
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started_at
