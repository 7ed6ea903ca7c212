"""Writes what a log changed: field, from → to; long values and many fields are folded.

A timeline has thousands of values: these few lines of markup are made here, since a template takes
five times as long for them. What is too long for a timeline is cut: the log's own page has it whole.
"""

import json
from typing import Any

from markupsafe import Markup, escape

from ingest.shared.text import without_controls

MOST_SHOWN, MOST_FIELDS = 6, 25
FOLDED_AT = 160
SHOWN_OF_FOLDED = 80
LONGEST_NAME, LONGEST_VALUE = 120, 1_000
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
    found = _maps(changes)[:MOST_FIELDS]
    if not found:
        return Markup()
    more = len(found) - MOST_SHOWN
    if more <= 0:
        return _list(found)
    summary = f"{more} more {'field' if more == 1 else 'fields'}"
    rest = (
        f'<details class="rest"><summary>{summary}</summary>{_list(found[MOST_SHOWN:])}</details>'
    )
    return _list(found[:MOST_SHOWN]) + Markup(rest)  # noqa: S704 - every value is escaped # nosec B704


def are_cut(changes: Any) -> bool:
    """Tell whether something of the changes is not in `changes_html`."""
    found = _maps(changes)
    values = (change.get(side) for change in found for side in ("from", "to"))
    return len(found) > MOST_FIELDS or any(len(value_text(each)) > LONGEST_VALUE for each in values)


def _maps(changes: Any) -> list[dict[str, Any]]:
    return [each for each in changes if isinstance(each, dict)] if isinstance(changes, list) else []


def value_html(value: Any) -> Markup:
    """Return a value; null is *empty*, a long one shows its beginning."""
    if value is None:
        return EMPTY
    text = cut(value_text(value), LONGEST_VALUE)
    if not text:
        return EMPTY_TEXT
    return FOLDED.format(text[:SHOWN_OF_FOLDED], text) if len(text) > FOLDED_AT else escape(text)


def value_text(value: Any) -> str:
    """Write a value: text as it is, the rest as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)


def cut(text: str, length: int) -> str:
    """Return a text, or its beginning where it is longer, without control characters."""
    return without_controls(text if len(text) <= length else f"{text[:length]}…")


def _list(changes: list[dict[str, Any]]) -> Markup:
    rows = "".join(map(_row, changes))
    return Markup(f'<dl class="changes">{rows}</dl>')  # noqa: S704 - every value is escaped # nosec B704


def _row(change: dict[str, Any]) -> str:
    field = escape(cut(str(change.get("field", "")), LONGEST_NAME).replace("_", " "))
    return ROW % (field, value_html(change.get("from")), value_html(change.get("to")))
