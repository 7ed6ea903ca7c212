"""Texts of the data as a terminal can show them: cut, and without control characters."""

import json
from datetime import datetime
from typing import Any

MOST_LINES = 40
MOST_CHARACTERS = 400


def cut(text: str) -> str:
    """Return the first lines of a text, each not too long, and say how much more there is."""
    lines = text.splitlines()
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
