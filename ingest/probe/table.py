"""Shows the gates: a table on a terminal, plain lines elsewhere (rule: gates)."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingest.probe.gates import Gate, Verdict
from ingest.shared.text import one_line

HEADINGS = ("gate", "found", "needed", "verdict")
COLOURS = {Verdict.PASS: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def show(console: Console, account: str, gates: Sequence[Gate], *, is_whole: bool = False) -> None:
    """Print the table, and below it what to do about each warning and failure.

    Args:
        console: Where it goes.
        account: The account.
        gates: Its gates.
        is_whole: Also those that pass have a row; otherwise all of them share a line.
    """
    told = [gate for gate in gates if is_whole or gate.verdict is not Verdict.PASS]
    if told and console.is_terminal:
        console.print(_table(account, told))
    lines = [] if console.is_terminal or not told else [*_lines(told)]
    for line in (*lines, *_passed(len(gates), told), *_hints(gates)):
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _passed(count: int, told: Sequence[Gate]) -> Iterator[str]:
    if len(told) < count:
        yield f"{count - len(told)} of {count} gates pass (VERBOSE=1 shows them)"


def _table(account: str, gates: Sequence[Gate]) -> Table:
    table = Table(*HEADINGS, title=f"probe of {escape(account)}", show_lines=True)
    for gate in gates:
        colour = COLOURS[gate.verdict]
        cells = [escape(cell) for cell in _cells(gate)]
        table.add_row(*cells[:-1], f"[{colour}]{cells[-1]}[/]")
    return table


def _lines(gates: Sequence[Gate]) -> Iterator[str]:
    rows = [HEADINGS, *map(_cells, gates)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield " | ".join(padded).rstrip()


def _cells(gate: Gate) -> tuple[str, str, str, str]:
    return gate.name, one_line(gate.found), one_line(gate.needed), gate.verdict.value


def _hints(gates: Sequence[Gate]) -> Iterator[str]:
    """Yield each hint once; a source that is down is the fault of many gates."""
    names: dict[str, list[str]] = {}
    for gate in gates:
        if gate.hint:
            names.setdefault(gate.hint, []).append(gate.name)
    for hint, gates_of_hint in names.items():
        yield f"{', '.join(gates_of_hint)}: {one_line(hint)}"
