"""Reads ``audited_changes`` (spec §8.1): the one place where a stage imports another.

The parser is a pure library with a proof of its own, the golden corpus. The SQL reads plain
documents by itself and is checked here by the complete parser; a third reader would prove nothing
more. Everything after the reading is written anew.
"""

import json
from dataclasses import dataclass

from ingest.audited_yaml import parse
from loaders.verify.rederive.facts import Json


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: attributes and values, or why it cannot be read.

    Attributes:
        members: The map that the text holds; empty without changes.
        error: The parser's message; none when the text could be read.
    """

    members: dict[str, Json]
    error: str | None = None


def read(text: str | None) -> Reading:
    """Read a text; a root that is no map is one member ``(value)``."""
    parsed = parse(text)
    if parsed.error is not None:
        return Reading({}, parsed.error)
    if parsed.value_json is None:
        return Reading({})
    value = json.loads(parsed.value_json)
    return Reading(value if isinstance(value, dict) else {"(value)": value})
