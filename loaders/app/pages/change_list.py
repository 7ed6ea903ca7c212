"""Writes what a log changed: field, from → to; long values and many fields are folded.

A timeline has thousands of values: these few lines of markup are made here, since a template takes
five times as long for them. What is too long for a timeline is cut: the log's own page has it whole.
"""

import json
from typing import Any

from markupsafe import Markup, escape

from ingest.shared.text import without_controls
from loaders.app.pages.labels import Labels

MOST_SHOWN, MOST_FIELDS = 6, 25
FOLDED_AT = 160
SHOWN_OF_FOLDED = 80
LONGEST_NAME, LONGEST_VALUE = 120, 1_000
NO_LABELS = Labels()
EMPTY, EMPTY_TEXT = Markup("<i>empty</i>"), Markup("<i>empty text</i>")
FOLDED = Markup(
    '<details><summary>{}<span class="more">…</span></summary><div class="whole">{}</div></details>'
)
ROW = (
    '<div><dt>%s</dt><dd><span class="from">%s</span> '
    '<span class="to"><b role="img" aria-label="changed to">→</b> %s</span></dd></div>'
)


def changes_html(changes: Any, labels: Labels = NO_LABELS) -> Markup:
    """Return the changes of a log; a native log may say them in another shape, or not at all.

    Args:
        changes: The changes; those that say nothing to a person are folded with what is too many.
        labels: The viewer's words for fields and values.
    """
    found = _maps(changes)[:MOST_FIELDS]
    telling = [each for each in found if not labels.is_noise(each)][:MOST_SHOWN]
    rest = [each for each in found if each not in telling]
    first = _list(telling, labels) if telling else Markup()
    if not rest:
        return first
    more = len(rest)
    summary = f"{more} {'more ' if telling else ''}{'field' if more == 1 else 'fields'}"
    folded = f'<details class="rest"><summary>{summary}</summary>{_list(rest, labels)}</details>'
    return first + Markup(folded)  # noqa: S704 - every value is escaped # nosec B704


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


def _list(changes: list[dict[str, Any]], labels: Labels) -> Markup:
    rows = "".join(_row(each, labels) for each in changes)
    return Markup(f'<dl class="changes">{rows}</dl>')  # noqa: S704 - every value is escaped # nosec B704


def _row(change: dict[str, Any], labels: Labels) -> str:
    name = str(change.get("field", ""))
    sides = (value_html(labels.of_value(name, change.get(side))) for side in ("from", "to"))
    return ROW % (escape(cut(labels.of_field(name), LONGEST_NAME)), *sides)
