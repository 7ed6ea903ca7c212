"""Numbers as Psych 4 reads them, and BigDecimal's own notation (rule: audit texts)."""

import re

from ingest.audited_yaml.values import INTEGER_DIGITS, Value, finite, integer

_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}")
_BASE_60_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][+-][0-9]+)?")
_INTEGER = re.compile(
    r"(?P<binary>[-+]?0b[01_,]+)|(?P<octal>[-+]?0[0-7_,]+)"
    r"|(?P<decimal>[-+]?(?:0|[1-9](?:[0-9]|,[0-9]|_[0-9])*))|(?P<hexadecimal>[-+]?0x[0-9a-fA-F_,]+)"
)
_BASES = {"binary": 2, "octal": 8, "decimal": 10, "hexadecimal": 16}
INTEGER_BITS = 13_000
"""Fewer than `INTEGER_DIGITS` in decimal digits, beyond which Python writes no number."""
_LEADING_NUMBER = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?")
_BIG_DECIMAL = re.compile(r"([-+]?)([0-9]*+)\.?([0-9]*+)(?:[eEdD]([-+]?[0-9]{1,9}))?")
PLAIN_EXPONENT = 10_000
"""A BigDecimal with a larger exponent keeps its own notation: written out it would be all zeros."""


def read_number(text: str) -> Value:
    """Read a plain scalar that begins like a number; what is none comes back as it is."""
    if _INTEGER.fullmatch(text):
        return _read_integer(text)
    if _FLOAT.fullmatch(text):
        return _read_float(text)
    if _BASE_60.fullmatch(text):
        return sum(
            int(_digits(part)) * 60 ** abs(place - 2) for place, part in enumerate(text.split(":"))
        )
    if _BASE_60_FLOAT.fullmatch(text):
        parts = enumerate(text.split(":"))
        return finite(
            float(sum(float(_digits(part)) * 60 ** abs(place - 2) for place, part in parts))
        )
    return text


def plain_decimal(text: str) -> str:
    """Write BigDecimal's ``18:0.123456e4`` (precision:value) in plain notation: ``1234.56``."""
    value = text.rpartition(":")[2].strip().replace("_", "")
    found = _BIG_DECIMAL.fullmatch(value)
    if found is None or not (found[2] or found[3]):
        return value
    sign, whole, fraction, exponent = found.groups()
    digits, point = whole + fraction, len(whole) + int(exponent or 0)
    if abs(point) > PLAIN_EXPONENT + len(digits):
        return value
    digits = "0" * -point + digits if point < 0 else digits
    point = max(point, 0)
    digits = digits.ljust(point, "0")
    before, after = digits[:point].lstrip("0"), digits[point:].rstrip("0")
    return f"{'-' if sign == '-' else ''}{before or '0'}.{after or '0'}"


def _read_integer(text: str) -> Value:
    kind = _INTEGER.fullmatch(text)
    base = _BASES[kind.lastgroup or "decimal"] if kind else 10
    digits = text.replace("_", "").replace(",", "")
    if base == 10:
        return integer(digits)
    if not digits.strip("+-").removeprefix("0b").removeprefix("0x"):
        return text
    number = int(digits, base) if len(digits) <= INTEGER_DIGITS else None
    return text if number is None or number.bit_length() > INTEGER_BITS else number


def _read_float(text: str) -> Value:
    try:
        return finite(float(text.replace("_", "").replace(",", "")))
    except ValueError:
        return text


def _digits(text: str) -> str:
    found = _LEADING_NUMBER.match(text)
    return found[0].replace("_", "")[:INTEGER_DIGITS] if found else "0"
