"""One YAML document from parser events to a value, without recursion and without objects.

libyaml does the syntax; this module keeps a stack of open collections, the anchors, and the bounds
that keep hostile texts cheap (rule: audit texts).
"""

from typing import Any, Final

from yaml import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml._yaml import CParser

from ingest.audited_yaml.errors import AliasError, TooDeepError
from ingest.audited_yaml.scalars import scan
from ingest.audited_yaml.tags import SET_ELEMENTS, STRING, Tags, element_key
from ingest.audited_yaml.values import Digits, Members, Value, key_text

DEPTH_LIMIT: Final = 200
ALIAS_BUDGET: Final = 1_000_000
"""What all aliases of a document may add to it, in nodes and characters (or ten times its text)."""

_OPEN: Final = object()
_MERGE: Final = object()


class _Frame:
    """A collection that is still open; a mapping's keys and values stand in turn in `items`."""

    __slots__ = ("anchor", "is_mapping", "items", "tag")

    def __init__(self, event: Any, *, is_mapping: bool) -> None:
        self.anchor: str | None = event.anchor
        self.tag: str | None = event.tag
        self.is_mapping = is_mapping
        self.items: list[Value] = []

    def is_at_key(self) -> bool:
        return self.is_mapping and len(self.items) % 2 == 0


class DocumentReader:
    """Reads the first document of a text.

    Args:
        text: The YAML text.

    Raises:
        yaml.YAMLError: The text is no YAML.
        ChangesError: It is beyond the bounds, or an alias has no value.
    """

    def __init__(self, text: str) -> None:
        self.tags = Tags()
        self._parser = CParser(text)
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Value] = {}
        self._weights: dict[int, tuple[int, Value]] = {}
        self._budget = max(ALIAS_BUDGET, 10 * len(text))
        self._root: list[Value] = []
        self._items = self._root
        """Where the next value goes: into the innermost open collection."""

    def read(self) -> Value:
        """Give the document's value; None when the text holds no document."""
        get_event = self._parser.get_event
        while True:
            event: Any = get_event()
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingStartEvent:
                self._open(event, is_mapping=True)
            elif kind is SequenceStartEvent:
                self._open(event, is_mapping=False)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close()
            elif kind is AliasEvent:
                self._items.append(self._aliased(event.anchor))
            elif kind is DocumentEndEvent or kind is StreamEndEvent or event is None:
                return self._root[0] if self._root else None

    def _scalar(self, event: Any) -> None:
        text, tag = event.value, event.tag
        if tag is not None:
            value = self.tags.scalar(tag, text)
        else:
            value = scan(text) if event.implicit[0] else text
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        if text == "<<" and tag != STRING and self._stack and self._stack[-1].is_at_key():
            value = _MERGE
        self._items.append(value)

    def _open(self, event: Any, *, is_mapping: bool) -> None:
        if len(self._stack) >= DEPTH_LIMIT:
            raise TooDeepError(DEPTH_LIMIT)
        frame = _Frame(event, is_mapping=is_mapping)
        if self._stack:
            parent = self._stack[-1]
            if is_mapping and element_key(parent.tag, parent.items[-1] if parent.items else None):
                frame.tag = SET_ELEMENTS
        if frame.anchor is not None:
            self._anchors[frame.anchor] = _OPEN
        self._stack.append(frame)
        self._items = frame.items

    def _close(self) -> None:
        frame = self._stack.pop()
        value = self._mapping(frame) if frame.is_mapping else self._sequence(frame)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = value
        self._items = self._stack[-1].items if self._stack else self._root
        self._items.append(value)

    def _sequence(self, frame: _Frame) -> Value:
        tag = frame.tag
        return frame.items if tag is None or tag == "!" else self.tags.sequence(tag, frame.items)

    def _mapping(self, frame: _Frame) -> Value:
        keys, values = frame.items[::2], frame.items[1::2]
        tag = frame.tag
        if tag == SET_ELEMENTS or tag == "!ruby/set":
            return keys
        members: dict[str, Value] = {}
        for key, value in zip(keys, values, strict=True):
            if type(key) is str:
                members[key] = value
            elif key is _MERGE:
                _merge(members, value)
            else:
                members[key_text(key)] = value
        return members if tag is None or tag == "!" else self.tags.mapping(tag, members)

    def _aliased(self, name: str) -> Value:
        if name not in self._anchors:
            raise AliasError("is unknown")
        value = self._anchors[name]
        if value is _OPEN:
            raise AliasError("stands inside its own anchor")
        self._budget -= self._weight(value)
        if self._budget < 0:
            raise AliasError("expands the document beyond its bound")
        return value

    def _weight(self, value: Value) -> int:
        """Count the nodes and characters of a value; aliased collections are counted once."""
        if isinstance(value, str):
            return 1 + len(value)
        if isinstance(value, Digits):
            return 1 + len(value.text)
        if not isinstance(value, (dict, list)):
            return 8
        known = self._weights.get(id(value))
        if known is None:
            weight = 1 + sum(map(self._weight, value))
            if isinstance(value, dict):
                weight += sum(map(self._weight, value.values()))
            known = self._weights[id(value)] = (weight, value)
        return known[0]


def _merge(members: dict[str, Value], value: Value) -> None:
    """Do what Psych does for ``<<``: hashes are merged over what stands before, others are a key."""
    if _is_hash(value):
        members.update(value)
    elif isinstance(value, list) and all(map(_is_hash, value)):
        for each in reversed(value):
            members.update(each)
    else:
        members["<<"] = value


def _is_hash(value: Value) -> bool:
    return isinstance(value, dict) and not isinstance(value, Members)
