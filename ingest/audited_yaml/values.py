"""Parsed values and their JSON text (the normalisation table of the golden README, rule `changes`)."""

import json
import math
from typing import Any, TypeAlias

import orjson

from ingest.audited_yaml.errors import EncodingError

Value: TypeAlias = Any
"""None, bool, int, float, str, list, dict with text keys, or `Digits`: what JSON can hold."""

INTEGER_DIGITS = 4000
"""Longer integers stay text: Python converts them in quadratic time, and refuses from 4,300 on."""


class Digits:
    """A number that is kept as the text of a JSON number."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Members(dict[str, Value]):
    """The members of an object that is no Hash in Ruby, so `<<` does not merge it."""

    __slots__ = ()


def json_text(value: Value) -> str:
    """Write a value as compact JSON.

    Raises:
        EncodingError: The value holds half of a surrogate pair.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        pieces: list[str] = []
        _write(value, pieces)
        text = "".join(pieces)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise EncodingError from error
    return text


def key_text(value: Value) -> str:
    """Give the text of a mapping's key: nil is ``""``, a list or a mapping its JSON text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, (bool, list, dict, Digits)):
        return json_text(value)
    return str(value)


def float_text(value: float) -> str:
    """Write a float as Ruby's ``Float#to_s`` does: ``1.0e-07`` where Python has ``1e-07``."""
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}.0e{power}" if exponent and "." not in mantissa else text


def number_text(value: Value) -> str:
    """Write a number that stands inside a text (a duration, a fraction) as Ruby does."""
    return float_text(value) if isinstance(value, float) else key_text(value)


def finite(value: float) -> Value:
    """Give a float, or the name of what JSON has no number for."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def integer(digits: str) -> Value:
    """Read decimal digits with an optional sign; any length."""
    if len(digits) <= INTEGER_DIGITS:
        return int(digits)
    sign = "-" if digits[0] == "-" else ""
    return Digits(sign + (digits.lstrip("+-0") or "0"))


def _write(value: Value, pieces: list[str]) -> None:
    """Write what orjson refuses: integers beyond 64 bits, and surrogates (to be told by name)."""
    if isinstance(value, Digits):
        pieces.append(value.text)
    elif isinstance(value, dict):
        opening = "{"
        for key, item in value.items():
            pieces += (opening, json.dumps(key, ensure_ascii=False), ":")
            _write(item, pieces)
            opening = ","
        pieces.append("}" if value else "{}")
    elif isinstance(value, list):
        opening = "["
        for item in value:
            pieces.append(opening)
            _write(item, pieces)
            opening = ","
        pieces.append("]" if value else "[]")
    else:
        pieces.append(json.dumps(value, ensure_ascii=False))
