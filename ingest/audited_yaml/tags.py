"""From an explicit tag to a value: the tags of Psych's ``ToRuby`` visitor (rule: audit texts).

A tag that is not known keeps its data, and its name is noted.
"""

import base64
import re
from collections.abc import Callable
from typing import Final

from ingest.audited_yaml.numbers import plain_decimal
from ingest.audited_yaml.objects import OBJECTS, exception_text, range_value, uri_text
from ingest.audited_yaml.scalars import scan
from ingest.audited_yaml.times import read_time
from ingest.audited_yaml.values import Members, Value

STRING = "tag:yaml.org,2002:str"
SET_ELEMENTS = "elements of a set"
"""Not a tag: the mark of the mapping whose keys are a set's elements."""

_RUBY_DOMAIN = "tag:ruby.yaml.org,2002:"
_STANDARD: Final = "tag:yaml.org,2002:"
_OBJECT: Final = "!ruby/object:"
_RANGE_DOTS = re.compile(r"(\.{2,3})")
_NOT_BASE_64 = re.compile(r"[^A-Za-z0-9+/]+")
_TYPED = frozenset({"int", "float", "null", "bool", "timestamp", "value", "merge"})


class Tags:
    """Turns tagged nodes into values, and remembers the tags that it does not know."""

    __slots__ = ("unknown",)

    def __init__(self) -> None:
        self.unknown: dict[str, None] = {}

    def scalar(self, tag: str, text: str) -> Value:
        """Give the value of a tagged scalar."""
        tag = _local(tag)
        reader = _SCALARS.get(tag)
        if reader is not None:
            return reader(text)
        if tag.startswith(("!ruby/string:", "!str:", "!ruby/sym")):
            return text
        if tag.removeprefix(_STANDARD).lstrip("!") not in _TYPED:
            self.unknown[tag] = None
        return scan(text)

    def sequence(self, tag: str, items: list[Value]) -> Value:
        """Give the value of a tagged sequence."""
        tag = _local(tag)
        if tag in {"!omap", _STANDARD + "omap"}:
            return {
                key: value
                for item in items
                if isinstance(item, dict)
                for key, value in item.items()
            }
        if not tag.startswith(("!ruby/array:", "!seq:")) and tag != _STANDARD + "seq":
            self.unknown[tag] = None
        return items

    def mapping(self, tag: str, members: dict[str, Value]) -> Value:
        """Give the value of a tagged mapping; one that does not fit its tag stays data."""
        tag = _local(tag)
        try:
            return self._mapping(tag, members)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            self.unknown[tag] = None
            return Members(members)

    def _mapping(self, tag: str, members: dict[str, Value]) -> Value:
        if tag.startswith(_OBJECT):
            return self._object(tag, members)
        kind, _, name = tag.partition(":") if tag[0] == "!" else (tag, "", "")
        reader = _MAPPINGS.get(kind)
        if reader is not None:
            return reader(members)
        if kind == "!ruby/exception":
            return exception_text(name or "Exception", members)
        self.unknown[tag] = None
        return Members(members)

    def _object(self, tag: str, members: dict[str, Value]) -> Value:
        name = tag[len(_OBJECT) :]
        reader = OBJECTS.get(name)
        if reader is not None:
            return reader(members)
        if name.startswith("URI::") and "scheme" in members:
            return uri_text(members)
        self.unknown[tag] = None
        return Members(members)


def _local(tag: str) -> str:
    return "!ruby/" + tag[len(_RUBY_DOMAIN) :] if tag.startswith(_RUBY_DOMAIN) else tag


def _binary(text: str) -> Value:
    """Decode base 64 as leniently as Ruby's ``unpack('m')``; bytes that are no ASCII stay base 64."""
    digits = _NOT_BASE_64.sub("", text.partition("=")[0])
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    content = base64.b64decode(digits + "=" * (-len(digits) % 4))
    if content.isascii():
        return content.decode("ascii")
    return Members({"$binary": base64.b64encode(content).decode("ascii")})


def _range(text: str) -> Value:
    begin, dots, end = [*_RANGE_DOTS.split(text, maxsplit=1), "", ""][:3]
    return range_value({"begin": scan(begin), "end": scan(end), "excl": dots == "..."})


def _float(text: str) -> Value:
    value = scan(text)
    return float(value) if isinstance(value, int) and abs(value) < 1 << 53 else value


def _internal(members: dict[str, Value]) -> Value:
    return members["internal"]


def _string(members: dict[str, Value]) -> Value:
    return members["str"]


def _elements(members: dict[str, Value]) -> Value:
    return members.get("elements", {})


def _plain_hash(members: dict[str, Value]) -> Value:
    return members


_SCALARS: Final[dict[str, Callable[[str], Value]]] = {
    STRING: str,
    "!": scan,
    "!str": str,
    "!ruby/string": str,
    "!ruby/class": str,
    "!ruby/module": str,
    "!ruby/regexp": str,
    "!ruby/encoding": str,
    "!ruby/range": _range,
    "!ruby/object:BigDecimal": plain_decimal,
    "!ruby/object:Complex": str,
    "!ruby/object:DateTime": lambda text: read_time(text) or text,
    "!ruby/object:Rational": str,
    "!binary": _binary,
    _STANDARD + "binary": _binary,
    "!float": _float,
    _STANDARD + "float": _float,
}
_MAPPINGS: Final[dict[str, Callable[[dict[str, Value]], Value]]] = {
    "!ruby/hash": _plain_hash,
    "!map": _plain_hash,
    "!set": _plain_hash,
    "!omap": _plain_hash,
    _STANDARD + "map": _plain_hash,
    _STANDARD + "set": _plain_hash,
    _STANDARD + "omap": _plain_hash,
    "!ruby/hash-with-ivars": _elements,
    "!ruby/struct": Members,
    "!ruby/range": range_value,
    "!ruby/array": _internal,
    "!ruby/string": _string,
    "!str": _string,
    STRING: _string,
}


def element_key(tag: str | None, pending_key: Value) -> bool:
    """Tell whether the mapping that begins now holds a set's elements as its keys."""
    return tag == "!ruby/object:Set" and pending_key == "hash"
