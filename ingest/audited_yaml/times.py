"""Times and dates as Psych 4 reads them, written as ISO-8601 in UTC with nine digits."""

import re

_TIME = re.compile(
    r"(-?[0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})"
    r"(\.[0-9]*)?(?:[ \t]*(Z|([-+][0-9]{1,2}):?([0-9]{2})?))?"
)
_RUBY_TIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8]) "
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{9} Z"
)
"""What Ruby writes for nearly every time: it needs no arithmetic."""
_DATE = re.compile(r"([0-9]{4})-(1[012]|0[0-9]|[0-9])-([12][0-9]|3[01]|0[0-9]|[0-9])")
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY_SECONDS = 86_400


def read_time(text: str) -> str | None:
    """Read a time with nanoseconds and offset; None when Ruby would take the text as a string.

    Without an offset it is UTC. A day that the month does not have rolls over, as in ``Time.utc``.
    """
    if _RUBY_TIME.fullmatch(text):
        return f"{text[:10]}T{text[11:29]}Z"
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    fraction = found[7]
    if fraction == ".":
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if not _is_clock(month, day, hour, minute, second):
        return None
    offset = _offset_seconds(found[9], found[10])
    if abs(offset) >= _DAY_SECONDS:
        return None
    nanoseconds = fraction[1:10].ljust(9, "0") if fraction else "000000000"
    clock = hour * 3600 + minute * 60 + second - offset
    extra_days, clock = divmod(clock, _DAY_SECONDS)
    if extra_days or day > 28:
        year, month, day = _from_days(_to_days(year, month, day) + extra_days)
    time_of_day = f"{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"
    return f"{_year_text(year)}-{month:02}-{day:02}T{time_of_day}.{nanoseconds}Z"


def read_date(text: str) -> str | None:
    """Read a date that exists; None when Ruby would take the text as a string."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= 12 or not 1 <= day <= days_in(year, month):
        return None
    return f"{year:04}-{month:02}-{day:02}"


def days_in(year: int, month: int) -> int:
    """Count a month's days; the calendar is Gregorian at all times, with a year 0."""
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and is_leap else _DAYS[month]


def _is_clock(month: int, day: int, hour: int, minute: int, second: int) -> bool:
    is_midnight = hour == 24 and minute == second == 0
    return (
        1 <= month <= 12
        and 1 <= day <= 31
        and (hour < 24 or is_midnight)
        and minute < 60
        and second <= 60
    )


def _offset_seconds(hours: str | None, minutes: str | None) -> int:
    """Read an offset; the minutes of ``-00:30`` count forward, as they do in Psych."""
    whole = int(hours or 0) * 3600
    part = int(minutes or 0) * 60
    return whole - part if whole < 0 else whole + part


def _year_text(year: int) -> str:
    return f"{year:04}" if year >= 0 else f"-{-year:04}"


def _to_days(year: int, month: int, day: int) -> int:
    """Count days since 0000-03-01."""
    year -= month <= 2
    month = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1


def _from_days(days: int) -> tuple[int, int, int]:
    era, days = divmod(days, 146_097)
    year_of_era = (days - days // 1_460 + days // 36_524 - days // 146_096) // 365
    days -= 365 * year_of_era + year_of_era // 4 - year_of_era // 100
    shifted = (5 * days + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return era * 400 + year_of_era + (month <= 2), month, days - (153 * shifted + 2) // 5 + 1
