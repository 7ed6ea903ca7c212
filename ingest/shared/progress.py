"""Shows how a pass goes on: a bar on a terminal, plain lines elsewhere."""

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


class Unwatched:
    """Nobody wants to know."""

    def advance(self, rows: int) -> None:
        """Tell nobody."""


@contextmanager
def show_progress(console: Console, what: str, total: int) -> Iterator[Progress]:
    """Show a pass while the block runs.

    Args:
        console: Where to show it; decides between bar and lines.
        what: Name of the rows.
        total: Rows that are expected, for the ETA.
    """
    if console.is_terminal:
        with _bar(console) as bar:
            yield _Bar(bar, what, total)
    else:
        lines = _Lines(console, what, total)
        yield lines
        lines.end()


def _bar(console: Console) -> Bar:
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} rows/s"),
        TimeRemainingColumn(),
        console=console,
    )


class _Bar:
    def __init__(self, bar: Bar, what: str, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task(what, total=total, rate="0")
        self._rate = _Rate()

    def advance(self, rows: int) -> None:
        self._rate.add(rows)
        self._bar.update(self._task, advance=rows, rate=f"{self._rate.per_second:,.0f}")


class _Lines:
    def __init__(self, console: Console, what: str, total: int) -> None:
        self._console = console
        self._what = what
        self._total = total
        self._rate = _Rate()
        self._next_line_at = PLAIN_LINE_EVERY_S

    def advance(self, rows: int) -> None:
        self._rate.add(rows)
        if self._rate.seconds >= self._next_line_at:
            self._next_line_at = self._rate.seconds + PLAIN_LINE_EVERY_S
            self._line(f", {self._remaining_s:,.0f} s left")

    def end(self) -> None:
        self._line("")

    @property
    def _remaining_s(self) -> float:
        missing = max(0, self._total - self._rate.rows)
        return missing / self._rate.per_second if self._rate.per_second else 0.0

    def _line(self, end: str) -> None:
        rate = self._rate
        self._console.print(
            f"{self._what}: {rate.rows:,} of {self._total:,} rows, "
            f"{rate.per_second:,.0f} rows/s{end}",
            highlight=False,
        )


class _Rate:
    def __init__(self) -> None:
        self.rows = 0
        self._started_at = time.monotonic()

    def add(self, rows: int) -> None:
        self.rows += rows

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started_at

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds if self.seconds else 0.0
