"""The plain documents that Psych writes most: block mappings and lists, one scalar a line.

Their lines are read without libyaml's events, which cost four times as much. The scalars and the
tags are read by the same functions; whatever is not surely plain is left to the complete reader.
"""

import re
from typing import Any, Final

from ingest.audited_yaml.numbers import plain_decimal
from ingest.audited_yaml.objects import OBJECTS
from ingest.audited_yaml.scalars import scan
from ingest.audited_yaml.values import Value

NOT_PLAIN: Final = object()
LONGEST = 50_000
MOST_ALIASES = 8  # each may double the document

LONGEST_KNOWN = 24
MOST_KNOWN = 50_000

_KNOWN: Final[dict[str, Value]] = {}
"""Scalars that were read before: the same few stand in most documents."""
_START = "---\n"
# Line breaks that libyaml knows beside LF, controls, and what UTF-8 cannot hold.
_ODD = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_WORDS = "(?i:yes|true|on|no|false|off|null):"  # keys that YAML takes for other than text
_LINES = re.compile(
    rf"^( *)((?:- )*)(?:(?!{_WORDS})([A-Za-z_]\w*):(?: |$))?(.*)$", re.MULTILINE | re.ASCII
)
_ANCHOR = re.compile(r"&([0-9]+)(?: |$)")
_ALIAS = re.compile(r"\*([0-9]+)")
_TAG = re.compile(r"(!ruby/(?:object|hash):[A-Za-z:]+)(?: |$)")
_PLAIN_START = re.compile(r"\w|[:+.-](?=[^\s:])|[/(]")
_SINGLE_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE_QUOTED = re.compile(r'"[^"\\]*(?:\\(?:["\\nt]|U000[0-9A-F]{5})[^"\\]*)*"')
_CHARACTER = re.compile(r"\\(?:U([0-9A-F]{8})|(.))")
_ESCAPED = {"n": "\n", "t": "\t"}
_DECIMAL = "!ruby/object:BigDecimal"
_MAPPINGS: Final = {
    "!ruby/object:ActiveSupport::TimeWithZone": OBJECTS["ActiveSupport::TimeWithZone"],
    "!ruby/object:ActiveSupport::TimeZone": OBJECTS["ActiveSupport::TimeZone"],
    "!ruby/hash:ActiveSupport::HashWithIndifferentAccess": dict,
}
_ROOT: Final = -1


class NotPlainError(Exception):
    """A line has something that only the complete reader knows."""


class _Open:
    """A collection that is still open, and the place in it that waits for a value."""

    __slots__ = ("anchor", "indent", "is_mapping", "key", "tag", "values")

    def __init__(self, indent: int, *, is_mapping: bool, tag: str = "", anchor: str = "") -> None:
        self.indent = indent
        self.is_mapping = is_mapping
        self.tag = tag
        self.anchor = anchor
        self.values: Any = {} if is_mapping else []
        self.key: str | None = None

    def takes_key(self, indent: int) -> bool:
        return self.indent == indent and self.is_mapping and self.key is None


class _PlainReader:
    __slots__ = ("anchors", "pending", "stack")

    def __init__(self) -> None:
        self.stack = [_Open(_ROOT, is_mapping=False, tag="")]
        self.stack[0].key = ""
        self.anchors: dict[str, Value] = {}
        self.pending = ("", "")
        """Tag and anchor of the collection that the next line begins."""

    def read(self, text: str) -> Value:
        stack = self.stack
        for spaces, dashes, key, rest in _LINES.findall(text, len(_START)):
            if key and not dashes and rest in _KNOWN and stack[-1].takes_key(len(spaces)):
                stack[-1].values[key] = _KNOWN[rest]
            elif spaces or dashes or key or rest:
                self._line(len(spaces), len(dashes) // 2, key, rest)
        self._close(_ROOT)
        return self.stack[0].values[0]

    def _line(self, indent: int, dash_count: int, key: str, rest: str) -> None:
        for place in range(dash_count):
            self._item(indent + 2 * place)
        if key:
            self._key(indent + 2 * dash_count, key)
            if rest:
                self._value(rest)
        elif rest == "-":
            self._item(indent + 2 * dash_count)
        elif dash_count and rest:
            self._value(rest)
        else:
            raise NotPlainError

    def _item(self, indent: int) -> None:
        self._begin(indent, is_mapping=False)
        self.stack[-1].key = ""

    def _key(self, indent: int, key: str) -> None:
        if not self.stack[-1].takes_key(indent):
            self._begin(indent, is_mapping=True)
        self.stack[-1].key = key

    def _begin(self, indent: int, *, is_mapping: bool) -> None:
        """Go on with the collection of this indent, or open one in the place that waits."""
        self._close(indent)
        top = self.stack[-1]
        if top.indent == indent and not top.is_mapping and is_mapping:
            self._end()  # a list stands as far left as the key that it belongs to
            top = self.stack[-1]
        if top.indent == indent and top.is_mapping is is_mapping:
            if top.key is not None:
                self._put(None)
            return
        is_inside = indent > top.indent or (indent == top.indent and not is_mapping)
        if top.key is None or not is_inside:
            raise NotPlainError
        tag, anchor = self.pending
        self.pending = ("", "")
        if tag and not is_mapping:
            raise NotPlainError
        self.stack.append(_Open(indent, is_mapping=is_mapping, tag=tag, anchor=anchor))

    def _close(self, indent: int) -> None:
        while self.stack[-1].indent > indent:
            self._end()

    def _end(self) -> None:
        ended = self.stack.pop()
        if ended.key is not None:
            self._fill(ended, None)
        value = _MAPPINGS[ended.tag](ended.values) if ended.tag else ended.values
        self._anchor(ended.anchor, value)
        self._put(value)

    def _anchor(self, name: str, value: Value) -> None:
        """Keep what an anchor stands for; Psych gives each collection a name of its own."""
        if name in self.anchors:
            raise NotPlainError
        if name:
            self.anchors[name] = value

    def _put(self, value: Value) -> None:
        self._fill(self.stack[-1], value)

    def _fill(self, top: _Open, value: Value) -> None:
        if top.key is None or self.pending != ("", ""):
            raise NotPlainError
        if top.is_mapping:
            top.values[top.key] = value
        else:
            top.values.append(value)
        top.key = None

    def _value(self, rest: str) -> None:
        if rest[0] == "*":
            self._put(self._aliased(rest))
            return
        anchor = tag = ""
        if rest[0] == "&" and (found := _ANCHOR.match(rest)):
            anchor, rest = found[1], rest[found.end() :]
        if rest[:1] == "!" and (found := _TAG.match(rest)):
            tag, rest = found[1], rest[found.end() :]
        if rest:
            value = _tagged(tag, rest) if tag else _scalar(rest)
            self._put(value)
            self._anchor(anchor, value)
        elif tag in _MAPPINGS:
            self.pending = (tag, anchor)
        else:
            raise NotPlainError

    def _aliased(self, rest: str) -> Value:
        alias = _ALIAS.fullmatch(rest)
        if alias is None or alias[1] not in self.anchors:
            raise NotPlainError
        return self.anchors[alias[1]]


def read_plain(text: str) -> Value:
    """Read a text; `NOT_PLAIN` where only the complete reader surely can."""
    if text == "--- {}\n":
        return {}
    if not text.startswith(_START) or len(text) > LONGEST or text[-1] != "\n":
        return NOT_PLAIN
    if _ODD.search(text) or text.count("*") > MOST_ALIASES:
        return NOT_PLAIN
    try:
        return _PlainReader().read(text)
    except (NotPlainError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return NOT_PLAIN


def _tagged(tag: str, rest: str) -> Value:
    value = plain_decimal(rest) if tag == _DECIMAL and _is_plain(rest) else None
    if value is None:
        raise NotPlainError
    return value


def _scalar(rest: str) -> Value:
    if rest in _KNOWN:
        return _KNOWN[rest]
    if _is_plain(rest):
        value = scan(rest)
        if len(rest) <= LONGEST_KNOWN and len(_KNOWN) < MOST_KNOWN:
            _KNOWN[rest] = value
        return value
    if rest == "{}":
        return {}
    if rest == "[]":
        return []
    if rest[0] == "'" and (quoted := _SINGLE_QUOTED.fullmatch(rest)):
        return quoted[1].replace("''", "'")
    if rest[0] == '"' and _DOUBLE_QUOTED.fullmatch(rest):
        return _CHARACTER.sub(_character, rest[1:-1])
    raise NotPlainError


def _character(escape: re.Match[str]) -> str:
    code, letter = escape.groups()
    return chr(int(code, 16)) if code else _ESCAPED.get(letter, letter)


def _is_plain(rest: str) -> bool:
    return (
        _PLAIN_START.match(rest) is not None
        and ": " not in rest
        and " #" not in rest
        and rest[-1] not in ": "
    )
