"""An explanation on a terminal, as plain text, or as JSON (rule: reconciliation)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingest.shared.text import printable
from loaders.review.explain.explained import Explanation
from loaders.review.explain.sections import Line, Section, sections

PLAIN_WIDTH = 100
LABEL_WIDTH = 18
MARKS = {
    "yes": ("✓", "green"),
    "kept": ("✓", "green"),
    "no": ("✗", "yellow"),
    "not_asked": ("?", "yellow"),
}
WRONG = ("✗", "red")


def page_console() -> Console:
    """Return a console that writes to a terminal in colour, and to anything else plainly."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def print_page(explanation: Explanation, console: Console) -> None:
    """Print the answer, then every layer."""
    with console.capture() as captured:
        _print_all(explanation, console)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip(), color=True)


def _print_all(explanation: Explanation, console: Console) -> None:
    mark, colour = MARKS.get(explanation.in_mongodb, WRONG)
    console.print(_text(f"{explanation.account}, audit {explanation.audit_id}", "dim"))
    console.print()
    head = _grid([], 1)
    head.add_row(_text(mark, f"not dim bold {colour}"), _text(explanation.answer, "bold"))
    head.add_row("", _text(explanation.next_step))
    console.print(head)
    for number, section in enumerate(sections(explanation), start=1):
        console.print()
        _print_section(number, section, console)


def page_json(explanation: Explanation) -> str:
    """Return the same facts as JSON, uncut."""
    return json.dumps(asdict(explanation), indent=2, default=text_of)


def _print_section(number: int, section: Section, console: Console) -> None:
    console.print(_text(f"{number}  {section.title}", "bold"))
    parts = [
        _grid(section.lines, LABEL_WIDTH) if section.lines else None,
        _table(section) if section.rows else None,
        _grid(section.lines_below, LABEL_WIDTH) if section.lines_below else None,
    ]
    for place, part in enumerate(part for part in parts if part is not None):
        console.print(Padding(part, (min(place, 1), 0, 0, 3)))


def _grid(lines: Sequence[Line], width: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", min_width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in lines:
        grid.add_row(_text(label), _text(value))
    return grid


def _table(section: Section) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for column in section.columns:
        table.add_column(column, overflow="fold")
    for row in section.rows:
        table.add_row(*(_text(value) for value in row))
    return table


def _text(value: Any, style: str = "") -> Text:
    return Text(printable(text_of(value)), style)


def text_of(value: Any) -> str:
    """Return a fact as its text: null, yes and no in words, a UTC time as ISO-8601."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    if value is None:
        return "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
