"""The values of activity logs: brought to what JSON has, and shortened where they are long."""

import base64
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from loaders.app.log_models import ContactLog

LONGEST_TEXT, MOST_MEMBERS = 1_000, 30
STRUCTURES = ("changes", "actor", "metadata")


def short_log(log: ContactLog) -> ContactLog:
    """Return a log whose long values end early, marked as such."""
    shown = log.model_dump(exclude_unset=True)
    if isinstance(log.changes, list):
        shown["changes"] = [_members(each) for each in log.changes[:MOST_MEMBERS]]
    for name in ("actor", "metadata"):
        if name in shown:
            shown[name] = _members(shown[name])
    others = {name: _shortened(value) for name, value in shown.items() if name not in STRUCTURES}
    return ContactLog(**shown | others | {"is_short": True})


def _members(value: Any) -> Any:
    if not isinstance(value, dict):
        return _shortened(value)
    return {
        _shortened(name): _shortened(inner) for name, inner in list(value.items())[:MOST_MEMBERS]
    }


def _shortened(value: Any) -> Any:
    """Return the beginning of a text that is long, also of the text of a list or a map."""
    text = value if isinstance(value, str) else str(value)
    if len(text) <= LONGEST_TEXT:
        return value
    return f"{text[:LONGEST_TEXT]}…"


def jsonable(value: Any) -> Any:
    """Turn a value from BSON into one that JSON has; what it has not becomes text."""
    if isinstance(value, Mapping):
        return {str(name): jsonable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [jsonable(each) for each in value]
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return f"{moment.isoformat()}Z"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    is_json = value is None or isinstance(value, str | bool | int)
    is_json = is_json or (isinstance(value, float) and math.isfinite(value))
    return value if is_json else str(value)
