"""How the pages write values, times and states."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from ingest.shared.text import without_controls
from loaders.app.pages.change_list import (
    LONGEST_NAME,
    LONGEST_VALUE,
    changes_html,
    cut,
    value_text,
)
from loaders.jobs.drift import CAUSES
from loaders.jobs.lease import in_words
from loaders.jobs.progress import progress_of, step_of
from loaders.jobs.reasons import REASONS
from loaders.jobs.shares import share_text

MINUTE, HOUR = 60, 3600
DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "link": "linked",
    "unlink": "unlinked",
}
STATES = {
    "not_started": ("Not started", "calm"),
    "in_progress": ("In progress", "busy"),
    "completed": ("Completed", "good"),
    "signed_off": ("Signed off", "good"),
    "halted": ("Halted", "bad"),
    "failed": ("Failed", "bad"),
    "cancelled": ("Cancelled", "calm"),
    "rolling_back": ("Rolling back", "busy"),
    "rolled_back": ("Rolled back", "calm"),
    "rollback_failed": ("Rollback failed", "bad"),
}


def what_happened(log: Any) -> str:
    """Write category and action as a few words, e.g. ``Deal updated``."""
    category, action = str(log.category or "Activity"), str(log.action or "")
    words = f"{category} {_record(log)} {DONE.get(action, action)}".replace("_", " ")
    words = " ".join(words.split())
    return cut(words[:1].upper() + words[1:], LONGEST_NAME)


def _record(log: Any) -> str:
    """Name the record that was changed by its number; a contact is the page's own."""
    metadata = log.metadata if isinstance(log.metadata, dict) else {}
    number = metadata.get("auditable_id")
    return str(number) if isinstance(number, int) and log.category != "contact" else ""


def actor_name(log: Any) -> str:
    """Name who did it, as far as the log knows."""
    actor = log.actor if isinstance(log.actor, dict) else {}
    name = actor.get("name") or log.user_id or NAMELESS.get(str(actor.get("type")), "Unknown")
    shown = cut(str(name), LONGEST_NAME)
    return f"{shown} (deactivated)" if actor.get("type") == "deactivated" else shown


NAMELESS = {"system": "System", "deleted": "[Deleted reference]"}


def day(moment: datetime) -> str:
    """Write a day, e.g. ``4 May 2023``."""
    return f"{moment.day} {moment:%B %Y}"


def minute(moment: datetime) -> str:
    """Write a time to the minute, e.g. ``4 May 2023, 10:00 UTC``."""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def iso(moment: datetime) -> str:
    """Write a naive UTC time for programs."""
    return f"{moment.isoformat()}Z"


def count(number: float) -> str:
    """Write a number with its thousands apart."""
    return f"{number:,.0f}"


def duration(seconds: float) -> str:
    """Write a rough duration, e.g. ``about 3 min``."""
    if seconds < MINUTE:
        return "less than a minute"
    if seconds < HOUR:
        return f"about {seconds / MINUTE:.0f} min"
    return f"about {seconds / HOUR:.1f} h"


def spaced(name: str) -> str:
    """Write a name of the contract as words."""
    return str(name).replace("_", " ")


def short(value: Any) -> str:
    """Write a value of a job or a probe, as far as a page has room for it."""
    return cut(value_text(value), LONGEST_VALUE)


def why(reason: str) -> str:
    """Say why audits of a reason are not there; of one that is not listed, nothing."""
    return REASONS[reason].why if reason in REASONS else ""


def why_drifted(cause: str) -> str:
    """Say what made documents drift; of a cause that is not listed, nothing."""
    return CAUSES.get(cause, "")


def causes_once(gates: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield gates; what several of them found is said by the first, and so is what to do."""
    said: set[str] = set()
    for gate in gates:
        shown = dict(gate)
        for name, otherwise in (("found", "as above"), ("hint", None)):
            text = str(gate.get(name) or "")
            if text in said and gate.get("verdict") != "pass":
                shown[name] = otherwise
            said |= {text} - {""}
        yield shown


def path_part(text: str) -> str:
    """Write a text as one part of a path, or as a parameter's value."""
    return quote(str(text), safe="")


def whole_fields(log: Any) -> Iterator[tuple[str, str]]:
    """Yield everything that a log holds, each change by its field."""
    for name, value in log.model_dump(exclude_unset=True).items():
        if name == "changes" and isinstance(value, list):
            for number, change in enumerate(value, start=1):
                yield from _sides(number, change)
        else:
            yield spaced(name), without_controls(value_text(value))


def _sides(number: int, change: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(change, dict):
        yield f"change {number}", without_controls(value_text(change))
        return
    yield f"change {number}", without_controls(value_text(change.get("field")))
    for side in ("from", "to"):
        yield side, without_controls(value_text(change.get(side)))


def code_marked(text: str) -> Markup:
    """Write what stands between backticks as code."""
    parts = re.split(r"`+", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


FILTERS: dict[str, Callable[..., Any]] = {
    "value_text": value_text,
    "what_happened": what_happened,
    "actor_name": actor_name,
    "changes_html": changes_html,
    "day": day,
    "minute": minute,
    "iso": iso,
    "count": count,
    "percent": share_text,
    "duration": duration,
    "spaced": spaced,
    "short": short,
    "why": why,
    "path_part": path_part,
    "whole_fields": whole_fields,
    "why_drifted": why_drifted,
    "who": in_words,
    "causes_once": causes_once,
    "progress_of": progress_of,
    "step_of": step_of,
    "code_marked": code_marked,
}
