"""Puts long values and comments back into a row of the mart (rule: long texts).

What the models cut out of the keys that stand for a value is cut out of the value: a denied field
never leaves staging, however long what it stands in.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ingest.shared.long_texts import MARK
from loaders.errors import LostValueError

_BEGIN: Final = f'{{"{MARK}":'
_DECODER: Final = json.JSONDecoder()
_SCALAR: Final = r'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^,{}\[\]"]++)'


def restored(row: Mapping[str, Any], long: Mapping[str, bytes]) -> dict[str, Any]:
    """Return a row of ``marts.activity_logs`` with its long values and its long comment.

    Args:
        row: The columns of the mart.
        long: What has left the row: values by their number, and the ``comment``.

    Raises:
        LostValueError: A value is not there, or is another one.
    """
    whole = {**row, "changes": whole_changes(row["changes"], long)}
    if "comment" in long:
        whole["metadata"] = {**row["metadata"], "comment": long["comment"].decode()}
    return whole


def whole_changes(changes: str, long: Mapping[str, bytes]) -> str:
    """Return the JSON of changes with the values that have left it.

    Raises:
        LostValueError: A value is not there, or is another one.
    """
    return "".join(_pieces(changes, long))


def _pieces(changes: str, long: Mapping[str, bytes]) -> Iterator[str]:
    done = 0
    while (start := changes.find(_BEGIN, done)) >= 0:
        mark, end = _DECODER.raw_decode(changes, start)
        yield changes[done:start]
        yield _value(mark[MARK], long)
        done = end
    yield changes[done:]


def _value(mark: tuple[str, str, int, dict[str, Any], int], long: Mapping[str, bytes]) -> str:
    place, digest, _, names, name_count = mark
    content = long.get(place, b"")
    if hashlib.sha256(content).hexdigest() != digest:
        raise LostValueError(place)
    text = content.decode()
    return text if len(names) == name_count else _without(text, _keys(text) - names.keys())


def _keys(text: str) -> set[str]:
    """Return the keys at any depth of a JSON text."""
    keys: set[str] = set()

    def note(members: list[tuple[str, Any]]) -> None:
        keys.update(name for name, _ in members)

    json.loads(text, object_pairs_hook=note, parse_int=str)
    return keys


def _without(text: str, names: set[str]) -> str:
    """Cut members with scalars out of a JSON text, as the models do."""
    key = f"(?:{'|'.join(re.escape(json.dumps(name, ensure_ascii=False)) for name in names)}):"
    return re.sub(f"{key}{_SCALAR},?+", "", re.sub(f",{key}{_SCALAR}", "", text))
