"""`ActiveSupport::Duration` as Rails 6.1 writes it in ISO-8601 (golden README, Normalisation)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from ingest.audited_yaml.values import Value, number_text

_DATE_UNITS = {"years": "Y", "months": "M", "days": "D", "weeks": "W"}
_TIME_UNITS = {"hours": "H", "minutes": "M", "seconds": "S"}


def duration_text(parts: Value) -> str:
    """Write the parts of a duration, each with its own sign: ``P1DT6H``, ``P-3D``, ``PT0S``.

    Args:
        parts: A mapping of units to numbers, or a list of such pairs (Rails before 5.1).

    Raises:
        TypeError: The parts are neither, or weeks beside other dates are no number.
    """
    known = {unit: count for unit, count in _pairs(parts) if not _is_zero(count)}
    if "weeks" in known and known.keys() & {"years", "months", "days"}:
        weeks = known.pop("weeks")
        if not isinstance(weeks, (int, float)):
            raise TypeError(weeks)
        known["days"] = known.get("days", 0) + weeks * 7
    date = _written(known, _DATE_UNITS)
    time = _written(known, _TIME_UNITS)
    if not date and not time:
        return "PT0S"
    return f"P{date}T{time}" if time else f"P{date}"


def _pairs(parts: Value) -> list[tuple[str, Value]]:
    if isinstance(parts, dict):
        return list(parts.items())
    summed: dict[str, Value] = {}
    for unit, count in parts:
        summed[unit] = summed[unit] + count if unit in summed else count
    return list(summed.items())


def _is_zero(count: Value) -> bool:
    try:
        return Decimal(str(count)) == 0
    except InvalidOperation:
        return False


def _written(parts: Mapping[str, Value], units: Mapping[str, str]) -> str:
    return "".join(
        f"{number_text(parts[unit])}{letter}" for unit, letter in units.items() if unit in parts
    )
