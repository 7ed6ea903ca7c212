"""What the models need of a long value of ``audited_changes`` or a long comment (rule: long texts).

A row keeps its fields and its short values; a long value leaves it, and an object in its place
tells its hash and its keys. So no rule has to know the value, and another value is another row.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ingest.audited_yaml.values import INTEGER_DIGITS, Value, json_text
from ingest.shared.long_texts import MARK

ROW_LENGTH: Final = 2_048
SHORTEST_MOVED: Final = 256
"""A shorter value is hardly longer than what would stand in its place."""
ROOT_FIELD: Final = "(value)"
"""The one field of a root that is no map, as the models name it."""
BLANKS: Final = " \t\r\n"
_PERSON_ID = re.compile(r"[0-9]{1,19}")


class Shortened(NamedTuple):
    """A value as it stays in its row, and the JSON of what has left it, in order."""

    value_json: str | None
    moved: list[str]


class _Slot(NamedTuple):
    """Where a value may leave: a member, or one of the two items of its list."""

    field: str
    item: int | None
    value: Value
    text: str


def shortened(value: Value, value_json: str | None) -> Shortened:
    """Take out what makes a value longer than a row may be, the longest first.

    Args:
        value: What a text of ``audited_changes`` says.
        value_json: The same as JSON; none where there is none.
    """
    if value_json is None or (len(value_json) <= ROW_LENGTH and MARK not in value_json):
        return Shortened(value_json, [])
    members = dict(value) if isinstance(value, dict) else {ROOT_FIELD: value}
    slots = list(_slots(members))
    moved = [slots[place] for place in sorted(_moved(slots, len(value_json)))]
    for number, slot in enumerate(moved):
        mark = {MARK: _described(number, slot)}
        if slot.item is None:
            members[slot.field] = mark
        else:
            kept = list(members[slot.field])
            kept[slot.item] = mark
            members[slot.field] = kept
    return Shortened(json_text(members), [slot.text for slot in moved])


def _slots(members: dict[str, Value]) -> Iterator[_Slot]:
    """Give every value; the two of a list of two apart, which may be an old and a new one."""
    for field, value in members.items():
        if isinstance(value, list) and len(value) == 2:
            for item, inner in enumerate(value):
                yield _Slot(field, item, inner, json_text(inner))
        else:
            yield _Slot(field, None, value, json_text(value))


def _moved(slots: list[_Slot], length: int) -> Iterator[int]:
    """Choose what leaves the row; what has the mark itself always does."""
    longest_first = sorted(range(len(slots)), key=lambda place: -len(slots[place].text))
    for place in longest_first:
        text = slots[place].text
        if MARK in text or (length > ROW_LENGTH and len(text) > SHORTEST_MOVED):
            length -= len(text)
            yield place


def _described(number: int, slot: _Slot) -> list[Value]:
    content = slot.text.encode()
    names = _names(slot.value)
    digest = hashlib.sha256(content).hexdigest()
    return [str(number), digest, len(content), names, len(names)]


def _names(value: Value) -> dict[str, Value]:
    """Return the keys at any depth, with 0 where each has a scalar, else with {}."""
    names: dict[str, Value] = {}
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            for name, inner in each.items():
                is_scalar = not isinstance(inner, (dict, list))
                names[name] = 0 if is_scalar and names.get(name, 0) == 0 else {}
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return names


def comment_for_rules(comment: str) -> str | None:
    """Return what the rules can find in a long comment; none where that is nothing.

    That is the members of a JSON object that may be the id of a person; or that it is blank.
    """
    if not comment.strip(BLANKS):
        return ""
    try:
        found = json.loads(comment, parse_constant=_refused, parse_int=_integer)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return json.dumps({name: value for name, value in found.items() if _may_be_id(value)})


def _may_be_id(value: Any) -> bool:
    return isinstance(value, int | str) and _PERSON_ID.fullmatch(str(value)) is not None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= INTEGER_DIGITS else digits


def _refused(name: str) -> None:
    raise ValueError(name)
