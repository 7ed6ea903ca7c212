"""Writes changes as Ruby's Psych writes them for the gem `audited` (rule: source).

Only what the simulated CRM has in its columns: strings, numbers, decimals, dates, times with and
without a zone, symbols, lists and maps. A zone that repeats in a document is an alias.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

PLAIN = re.compile(r"[A-Za-z_\[/+]?[A-Za-z][\w ./()@&+'-]*(?<! )")
AMBIGUOUS = re.compile(r"(?i:yes|no|on|off|y|n|true|false|null|~|none)|[-+.\d].*|:.*|=|<<")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A Ruby symbol."""

    name: str


@dataclass(frozen=True, slots=True)
class ZonedTime:
    """An ActiveSupport::TimeWithZone: a UTC time and the name of the zone it is shown in."""

    utc: datetime
    zone: str


def dump(changes: dict[str, Any]) -> str:
    """Return the text that the gem stores for a map of changes."""
    zones = Counter(_zones(changes))
    return _Emitter({zone for zone, count in zones.items() if count > 1}).document(changes)


def _zones(value: Any) -> Iterator[str]:
    if isinstance(value, ZonedTime):
        yield value.zone
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _zones(part)


class _Emitter:
    def __init__(self, repeated_zones: set[str]) -> None:
        self._repeated = repeated_zones
        self._anchors: dict[str, int] = {}

    def document(self, changes: dict[str, Any]) -> str:
        if not changes:
            return "--- {}\n"
        return "\n".join(["---", *self._mapping(changes, 0)]) + "\n"

    def _mapping(self, fields: dict[Any, Any], indent: int) -> list[str]:
        lines: list[str] = []
        for key, value in fields.items():
            head = f"{' ' * indent}{self._scalar(key)}:"
            if isinstance(value, list) and value:
                lines += [head, *self._sequence(value, indent)]
            elif isinstance(value, dict) and value:
                lines += [head, *self._mapping(value, indent + 2)]
            else:
                lines += self._leaf(head, value, indent + 2)
        return lines

    def _sequence(self, values: list[Any], indent: int) -> list[str]:
        lines: list[str] = []
        for value in values:
            head = f"{' ' * indent}-"
            if isinstance(value, list | dict) and value:
                inner = (
                    self._sequence(value, indent + 2)
                    if isinstance(value, list)
                    else self._mapping(value, indent + 2)
                )
                lines += [f"{head} {inner[0].lstrip()}", *inner[1:]]
            else:
                lines += self._leaf(head, value, indent + 2)
        return lines

    def _leaf(self, head: str, value: Any, indent: int) -> list[str]:
        pad = " " * indent
        if isinstance(value, ZonedTime):
            return [f"{head} !ruby/object:ActiveSupport::TimeWithZone", *self._zoned(value, pad)]
        if isinstance(value, str) and "\n" in value and not value.startswith((" ", "\n")):
            chomp = "" if value.endswith("\n") else "-"
            block = [pad + line if line else "" for line in value.rstrip("\n").split("\n")]
            return [f"{head} |{chomp}", *block]
        text = self._scalar(value)
        return [f"{head} {text}" if text else head]

    def _zoned(self, value: ZonedTime, pad: str) -> list[str]:
        local = value.utc.astimezone(ZoneInfo(value.zone)).replace(tzinfo=UTC)
        if value.zone in self._anchors:
            zone = [f"{pad}zone: *{self._anchors[value.zone]}"]
        else:
            anchor = ""
            if value.zone in self._repeated:
                self._anchors[value.zone] = len(self._anchors) + 1
                anchor = f"&{self._anchors[value.zone]} "
            zone = [
                f"{pad}zone: {anchor}!ruby/object:ActiveSupport::TimeZone",
                f"{pad}  name: {value.zone}",
            ]
        return [f"{pad}utc: {_time(value.utc)}", *zone, f"{pad}time: {_time(local)}"]

    def _scalar(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime):
            return _time(value)
        if isinstance(value, Decimal):
            return f"!ruby/object:BigDecimal {_big_decimal(value)}"
        if isinstance(value, Symbol):
            return f":{value.name}"
        if isinstance(value, list | dict):
            return "[]" if isinstance(value, list) else "{}"
        if isinstance(value, int | float | date):
            return str(value)
        return _string(value)


def _time(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") + "000 Z"


def _big_decimal(value: Decimal) -> str:
    sign, digits, exponent = value.normalize().as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - the simulation makes finite numbers # nosec B101
    text = "".join(map(str, digits))
    return f"18:{'-' if sign else ''}0.{text}e{len(digits) + exponent}"


def _string(value: str) -> str:
    if any(ord(char) < 32 or ord(char) > 0xFFFF for char in value) or value != value.strip(" "):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
        return '"' + re.sub(r"[\U00010000-\U0010ffff]", _escape, escaped) + '"'
    if AMBIGUOUS.fullmatch(value) or not value:
        return "'" + value.replace("'", "''") + "'"
    if PLAIN.fullmatch(value) and not value.startswith("["):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escape(match: re.Match[str]) -> str:
    return f"\\U{ord(match.group()):08X}"
