"""Text from data, safe to print: a terminal shows it and obeys none of it; one line stays one."""

import re

_BREAKS = re.compile(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Control characters but TAB, LF and CR, and marks that turn the direction of writing.
_CONTROLS = dict.fromkeys(
    (
        *range(9),
        11,
        12,
        *range(14, 32),
        *range(127, 160),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
)


def without_controls(text: str) -> str:
    """Leave away what no page shows, and what would turn the text after it around."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def one_line(text: str) -> str:
    """Return a text on one line, with escapes for what is not printed (`printable`)."""
    parts = (part.strip() for part in _BREAKS.split(text))
    return printable(" ".join(part for part in parts if part))


def printable(text: str) -> str:
    """Write what a terminal would obey, or not show, as escapes; line feeds stay.

    That is: control characters (ESC, CR, BEL, C1, …), marks that turn the direction of writing,
    characters without width and lone surrogates.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )
