"""What a plain scalar is: the rules of ``Psych::ScalarScanner`` 4.0 (Ruby 3.1; rule `audit texts`).

YAML 1.1 as Ruby reads it: ``yes`` is true, ``1_000`` and ``0x1F`` are integers, ``1:30`` is base 60;
``1e3``, ``0o17``, ``123_``, ``y`` and dates that do not exist are strings.
"""

import re

from ingest.audited_yaml.numbers import read_number
from ingest.audited_yaml.times import read_date, read_time
from ingest.audited_yaml.values import Value

_TYPED_FIRST = frozenset("0123456789+-.:")
_WORD_FIRST = frozenset("ytonfYTONF~")
_WORDS: dict[str, Value] = {"~": None, "null": None} | {
    word: word in {"yes", "true", "on"} for word in ("yes", "true", "on", "no", "false", "off")
}
_LONGEST_WORD = 5
_LONGEST_DATE = 10
_NOT_A_WORD = re.compile(r"^[^ytonf~]", re.IGNORECASE | re.MULTILINE)
_WORD_LINES: tuple[tuple[re.Pattern[str], Value], ...] = tuple(
    (re.compile(rf"^(?:{words})$", re.IGNORECASE | re.MULTILINE), value)
    for words, value in (("null", None), ("yes|true|on", True), ("no|false|off", False))
)
_QUOTED_SYMBOL = re.compile(r""":["'](.*)["']""")
_SPECIAL_FLOATS = {
    ".inf": "Infinity",
    "+.inf": "Infinity",
    "-.inf": "-Infinity",
    ".nan": "NaN",
}


def scan(text: str) -> Value:
    """Give the value of a plain scalar; times, dates and symbols come back as text."""
    if not text:
        return None
    first = text[0]
    if first in _TYPED_FIRST and "\n" not in text:
        return _scan_typed(text, first)
    if len(text) <= _LONGEST_WORD:
        if "\n" in text:
            return _scan_lines(text)
        if first in _WORD_FIRST:
            return _WORDS.get(text.lower(), text)
    return text


def _scan_typed(text: str, first: str) -> Value:
    if first == ":":
        return _scan_symbol(text)
    if text.isdecimal() and text.isascii() and first != "0" and len(text) < 19:
        return int(text)
    if "-" in text[1:] and first != "+" and first != ".":
        moment = read_date(text) if len(text) <= _LONGEST_DATE else read_time(text)
        if moment is not None:
            return moment
    if text[-1] in "fFnN" and text.lower() in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[text.lower()]
    return read_number(text)


def _scan_symbol(text: str) -> str:
    if len(text) == 1:
        return text
    quoted = _QUOTED_SYMBOL.match(text)
    return quoted[1].removeprefix(":") if quoted else text[1:]


def _scan_lines(text: str) -> Value:
    """Look at a folded scalar line by line, because Ruby's ``^`` and ``$`` do."""
    if not _NOT_A_WORD.search(text):
        for pattern, value in _WORD_LINES:
            if pattern.search(text):
                return value
    return text
