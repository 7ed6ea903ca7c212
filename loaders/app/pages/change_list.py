"""Writes what a log changed: field, from → to; long values and many fields are folded.

A timeline of 5,000 logs has tens of thousands of values: these few lines of markup are made here,
since a template takes five times as long for them.
"""

import json
from typing import Any

from markupsafe import Markup, escape

MOST_SHOWN = 6
FOLDED_AT = 160
SHOWN_OF_FOLDED = 80
EMPTY, EMPTY_TEXT = Markup("<i>empty</i>"), Markup("<i>empty text</i>")
FOLDED = Markup(
    '<details><summary>{}<span class="more">…</span></summary><div class="whole">{}</div></details>'
)
ROW = (
    '<div><dt>%s</dt><dd><span class="from">%s</span> '
    '<span class="to"><b role="img" aria-label="changed to">→</b> %s</span></dd></div>'
)


def changes_html(changes: Any) -> Markup:
    """Return the changes of a log; a native log may say them in another shape, or not at all."""
    if not isinstance(changes, list):
        return Markup()
    found = [each for each in changes if isinstance(each, dict)]
    if not found:
        return Markup()
    more = len(found) - MOST_SHOWN
    if more <= 0:
        return _list(found)
    summary = f"{more} more {'field' if more == 1 else 'fields'}"
    rest = (
        f'<details class="rest"><summary>{summary}</summary>{_list(found[MOST_SHOWN:])}</details>'
    )
    return _list(found[:MOST_SHOWN]) + Markup(rest)  # noqa: S704 - every value is escaped


def value_html(value: Any) -> Markup:
    """Return a value; null is *empty*, a long one shows its beginning."""
    if value is None:
        return EMPTY
    text = value_text(value)
    if not text:
        return EMPTY_TEXT
    return FOLDED.format(text[:SHOWN_OF_FOLDED], text) if len(text) > FOLDED_AT else escape(text)


def value_text(value: Any) -> str:
    """Write a value: text as it is, the rest as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)


def _list(changes: list[dict[str, Any]]) -> Markup:
    rows = "".join(map(_row, changes))
    return Markup(f'<dl class="changes">{rows}</dl>')  # noqa: S704 - every value is escaped


def _row(change: dict[str, Any]) -> str:
    field = escape(str(change.get("field", "")).replace("_", " "))
    return ROW % (field, value_html(change.get("from")), value_html(change.get("to")))
