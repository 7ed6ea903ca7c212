"""The one rule in Python of what never leaves staging: the seed's denied fields, at any depth.

dbt has the same rule in SQL (``int_changes_paired``), and a test compares both.
"""

import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

# Seen by nobody, and of no category that says so: variation selectors and fillers.
FILLERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
).union(map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0)))


def is_denied(name: str, denied: Collection[str]) -> bool:
    """Tell whether a field must not leave staging.

    Args:
        name: Its name as it was written: in any case, with blanks around, in full-width or other
            look-alike letters, with characters without width in it.
        denied: The names of the seed, in lower case.
    """
    return name.lower() in denied or _plain(name) in denied


def denied_names(value: Any, denied: Collection[str]) -> set[str]:
    """Return the names, as the seed writes them, that a value holds at any depth."""
    return {_plain(name) for name, _ in _members(value) if is_denied(name, denied)}


def allowed_fields(fields: dict[str, Any], denied: Collection[str]) -> dict[str, Any]:
    """Take denied fields out.

    Within a value a scalar is cut out of its map. A field goes as a whole where it holds a denied
    list or map, or a denied name in disguise.
    """
    return {
        name: _without_denied(value, denied)
        for name, value in fields.items()
        if not is_denied(name, denied) and not _is_lost(value, denied)
    }


def _plain(name: str) -> str:
    """Write a name without what hides it: compatibility forms, blanks, characters without width."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if not _is_unseen(letter))


def _is_unseen(letter: str) -> bool:
    return letter.isspace() or letter in FILLERS or unicodedata.category(letter) in ("Cf", "Cc")


def _is_lost(value: Any, denied: Collection[str]) -> bool:
    return any(
        isinstance(inner, list | dict) or name.lower() not in denied
        for name, inner in _members(value)
        if is_denied(name, denied)
    )


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Walk through every member of every map of a value."""
    if isinstance(value, dict):
        yield from value.items()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _members(each)


def _without_denied(value: Any, denied: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_without_denied(item, denied) for item in value]
    if isinstance(value, dict):
        return {
            name: _without_denied(item, denied)
            for name, item in value.items()
            if name.lower() not in denied
        }
    return value
