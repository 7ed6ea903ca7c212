"""The values that requests and answers are made of: how each is read, checked and shown."""

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")

LARGEST_PAGE = 5_000

DATE_TIME = {"type": "string", "format": "date-time"}
PAGE_SIZE = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}
DATE_OR_TIME = {"anyOf": [{"type": "string", "format": "date"}, DATE_TIME]}


def utc_moment(value: Any) -> datetime:
    """Read an RFC 3339 time as naive UTC."""
    if not isinstance(value, str) or not RFC3339.fullmatch(value):
        raise ValueError("must be a time with a zone, e.g. 2024-05-01T12:00:00Z (RFC 3339)")
    return _naive(value)


def utc_start(value: Any) -> datetime:
    """Read an ISO-8601 date, or a time with its zone, as naive UTC."""
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        return _naive(value)
    return utc_moment(value)


def page_size(value: Any) -> int:
    """Read how many things a page may hold."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= LARGEST_PAGE):
        raise ValueError(f"must be a number from 1 to {LARGEST_PAGE}")
    return int(text)


def finite(value: Any) -> Any:
    """Refuse numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be a finite number")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        finite(each)
    return value


def _naive(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError) as error:
        raise ValueError("is no time between the years 1 and 9999") from error


def _with_zone(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"


Key = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=2_000)]
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Count = Annotated[int, PlainValidator(page_size), WithJsonSchema(PAGE_SIZE)]
Json = Annotated[Any, AfterValidator(finite)]
Moment = Annotated[datetime, PlainValidator(utc_moment), WithJsonSchema(DATE_TIME)]
Start = Annotated[datetime, PlainValidator(utc_start), WithJsonSchema(DATE_OR_TIME)]
Utc = Annotated[datetime, PlainSerializer(_with_zone, return_type=str), WithJsonSchema(DATE_TIME)]
