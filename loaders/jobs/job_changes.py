"""What is written to a job document; every time in it is told by MongoDB's clock.

The clocks of the machines that work on a job differ; one that is an hour off must not make its
jobs look newer, nor its lease longer. So a change is an update pipeline, in which ``$$NOW`` is
the server's time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

JobDocument = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """What the server works out while it writes."""

    made: Any


NOW = Expression("$$NOW")


def after(length: timedelta) -> Expression:
    """Return the time so long after the write."""
    amount = int(length.total_seconds() * 1000)
    added = {"startDate": NOW.made, "unit": "millisecond", "amount": amount}
    return Expression({"$dateAdd": added})


def event(what: str, who: str, detail: str | None = None) -> Expression:
    """Return one line of the job's history: who did what when."""
    happened = {"at": NOW, "what": what, "who": who} | ({"detail": detail} if detail else {})
    return structure(happened)


def structure(members: Mapping[str, Any]) -> Expression:
    """Return an object of which some members are expressions."""
    return Expression({name: _made(value) for name, value in members.items()})


def change(fields: Mapping[str, Any], *events: Any) -> list[JobDocument]:
    """Return the update that sets fields, adds events, and notes when it was made.

    Args:
        fields: Values, or expressions, by the field's name.
        events: Lines of the job's history.
    """
    stage = {name: _made(value) for name, value in fields.items()} | {"updated_at": NOW.made}
    if events:
        history = {"$ifNull": ["$events", []]}
        stage["events"] = {"$concatArrays": [history, [_made(each) for each in events]]}
    return [{"$set": stage}]


def _made(value: Any) -> Any:
    return value.made if isinstance(value, Expression) else {"$literal": value}
