"""Reads ``audited_changes`` (rule: changes) by the one reader, which has a proof of its own.

The golden corpus proves it; a second reader would prove nothing more. Everything after the
reading is written anew.
"""

import json
from dataclasses import dataclass

from ingest.audited_yaml import parse
from ingest.audited_yaml.values import INTEGER_DIGITS
from loaders.verify.rederive.facts import Json


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: attributes and values, or why it cannot be read.

    Attributes:
        parser: Which form the text had.
        members: The map that the text holds; empty without changes.
        error: The parser's message; none when the text could be read.
    """

    parser: str
    members: dict[str, Json]
    error: str | None = None


def read(text: str | None) -> Reading:
    """Read a text; a root that is no map is one member ``(value)``."""
    parsed = parse(text)
    if parsed.error is not None:
        return Reading(parsed.parser, {}, parsed.error)
    if parsed.value_json is None:
        return Reading(parsed.parser, {})
    value = json.loads(parsed.value_json, parse_int=read_integer)
    members = value if isinstance(value, dict) else {"(value)": value}
    return Reading(parsed.parser, members)


def read_integer(digits: str) -> int | str:
    """Read an integer of JSON; one that nobody computes with stays the digits that it is."""
    return int(digits) if len(digits) <= INTEGER_DIGITS else digits
