"""Text from data, safe to print: a terminal shows it and obeys none of it; one line stays one."""

import re

_BREAKS = re.compile(r"\s*[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


def one_line(text: str) -> str:
    """Return a text on one line, with escapes for what is not printed (`printable`)."""
    return printable(_BREAKS.sub(" ", text).strip())


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
