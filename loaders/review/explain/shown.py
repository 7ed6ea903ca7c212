"""Sections, and texts of the data as a terminal shows them: cut, without control characters."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MOST_LINES = 40
MOST_CHARACTERS = 400
NONE = "none"

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, its lines, and where there is one a table with more lines below it."""

    title: str
    lines: list[Line]
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    lines_below: list[Line] = field(default_factory=list)


def cut(text: str) -> str:
    """Return the first lines of a text, each not too long, and say how much more there is."""
    lines = text.removesuffix("\n").split("\n")
    shown = [short(line) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"... {len(lines) - MOST_LINES:,} more lines")
    return "\n".join(shown) or "(empty)"


def short(text: str) -> str:
    """Return the beginning of a text, and say how many characters more there are."""
    more = len(text) - MOST_CHARACTERS
    return text if more <= 0 else f"{text[:MOST_CHARACTERS]} ... {more:,} more characters"


def printable(text: str) -> str:
    """Escape what a terminal would obey instead of show."""
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )


def value_text(value: Any) -> str:
    """Return a value as JSON, so that a text and a number differ; null is ``nothing``."""
    return "nothing" if value is None else short(json.dumps(value, ensure_ascii=False))


def iso(time: Any) -> str:
    """Return a UTC time as ISO-8601 text with milliseconds; anything else as its text."""
    if isinstance(time, datetime):
        return time.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return str(time)


def text_of(value: Any) -> str:
    """Return a value as its text; null is ``none``."""
    return NONE if value is None else str(value)


def reference(kind: str | None, key: int | None) -> str:
    """Return a type with its id, as ``CrmDeal 7``."""
    return NONE if kind is None and key is None else f"{kind or '(no type)'} {key}"
