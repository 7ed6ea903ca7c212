"""Text from data is printed, not obeyed."""

import pytest

from ingest.shared.errors import MigrationError
from ingest.shared.text import one_line, printable

CASES = {
    "usual text": ("Ærø, 東京 🙂 [red]", "Ærø, 東京 🙂 [red]"),
    "an escape sequence": ("a\x1b[2J\x1b]0;title\x07b", "a\\x1b[2J\\x1b]0;title\\x07b"),
    "a carriage return": ("good\rbad", "good bad"),
    "line feeds": ("one\n\n  two\u2028three\x85four", "one two three four"),
    "a tab": ("a\tb", "a b"),
    "a C1 character": ("a\x9b31mb", "a\\x9b31mb"),
    "a turn of direction": ("a\u202egnp.exe", "a\\u202egnp.exe"),
    "no width": ("a\u200bb", "a\\u200bb"),
    "a lone surrogate": ("a\ud800b", "a\\ud800b"),
    "very many blanks": ("a" + " " * 300_000 + "b", "a" + " " * 300_000 + "b"),
    "two blanks": ("a  b", "a  b"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_line_stays_a_line_and_rules_nothing(case: str) -> None:
    """What is not printed is written as its escape; breaks are blanks."""
    text, shown = CASES[case]
    assert one_line(text) == shown
    assert shown.isprintable()
    shown.encode()


def test_line_feeds_can_be_kept() -> None:
    """Where a text has lines of its own."""
    assert printable("a\nb\r\x1b") == "a\nb\\r\\x1b"


def test_an_error_is_one_line() -> None:
    """Whatever its message was made of."""
    assert str(MigrationError("cannot read 'a\nb\x1b[31m'")) == "cannot read 'a b\\x1b[31m'"
