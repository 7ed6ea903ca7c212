"""The pictures of the report: Vega-Lite drawn as SVG, offline (rule: report).

Each part says under the pointer what it is, without a script.

Colours are the page's own CSS variables, so that a picture follows light, dark and paper.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert
from markupsafe import Markup

Row = dict[str, Any]
Spec = dict[str, Any]

LABELS = 104
WIDE, NARROW = 880, 328
SPARSE = 5
COLOURS = {
    "goes on": "var(--good-bar)",
    "out of scope": "var(--scope-bar)",
    "skipped": "var(--skip-bar)",
    "failed": "var(--bad-bar)",
    "unexplained": "var(--lost-bar)",
}
AXIS = {
    "labelColor": "var(--ink)",
    "titleColor": "var(--soft)",
    "tickColor": "var(--line)",
    "domainColor": "var(--line)",
    "gridColor": "var(--line)",
    "labelFontSize": 13,
    "titleFontSize": 13,
    "titleFontWeight": "normal",
    "labelLimit": 220,
}
LABELLED: Spec = {
    "labelOverlap": "greedy",
    "labelSeparation": 10,
    "labelFlush": False,
}
"""Labels of months: one that would touch another is left out."""
MARK = re.compile(r'<(path|rect) aria-label="([^"]*)"([^>]*)/>')
CONFIG = {
    "view": {"stroke": None},
    "font": "system-ui, sans-serif",
    "axis": AXIS,
    "bar": {"discreteBandSize": {"band": 0.72}},
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture for wide screens and paper, one for narrow ones, and the same in words."""

    wide: Markup
    narrow: Markup
    words: str


def steps_chart(steps: Sequence[Row], departures: Sequence[Row], words: str) -> Chart:
    """Draw one bar per step: what goes on, and all that left up to it, by kind.

    Args:
        steps: Rows of ``reconciliation.balance_steps``, each with its ``label``.
        departures: Rows of ``reconciliation.departures``.
        words: The text alternative.
    """
    values = [part for step in steps for part in _parts(step, departures)]
    values += _unexplained(steps, values)
    values = [row | {"tip": f"{row['label']}: {row['count']:,} {row['kind']}"} for row in values]
    order = [step["label"] for step in steps]

    def spec(width: int) -> Spec:
        return _spec(width - LABELS - 20, 44 * len(order), values) | {
            "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 1.5},
            "encoding": {
                "y": _nominal("label", order),
                "x": {
                    "field": "count",
                    "type": "quantitative",
                    "stack": "zero",
                    "scale": {"nice": False},
                    "axis": _count_axis("audits", max(2, width // 150)),
                },
                "color": _colour("kind"),
                "order": {"field": "place", "type": "quantitative"},
                "description": {"field": "tip"},
            },
        }

    return _chart(spec, words)


def months_chart(months: Sequence[Row], words: str) -> Chart:
    """Draw each month of the source as a stacked bar, and what MongoDB holds of it as a tick.

    Args:
        months: Rows of ``reconciliation.outcomes_by_month`` that have a month.
        words: The text alternative.
    """
    parts = (
        ("goes on", "ready", "ready_count"),
        ("skipped", "skipped", "skipped_count"),
        ("failed", "failed", "failed_count"),
    )
    values = [
        _of_month(month, f"{month[column]:,} {word}")
        | {"kind": kind, "place": place, "count": month[column]}
        for month in months
        for place, (kind, word, column) in enumerate(parts)
    ]
    stored = [
        _of_month(month, f"{month['mongo_count']:,} in MongoDB") | {"count": month["mongo_count"]}
        for month in months
    ]

    def spec(width: int) -> Spec:
        x = _months_axis(months, max(2, width // 110))
        y = {"field": "count", "type": "quantitative", "axis": _count_axis(None, 5)}
        bars = {
            "mark": {"type": "bar", "binSpacing": 0.5},
            "encoding": {
                "x": x,
                "y": y | {"stack": "zero"},
                "color": _colour("kind"),
                "order": {"field": "place", "type": "quantitative"},
                "description": {"field": "tip"},
            },
        }
        ticks = {
            "data": {"values": stored},
            "mark": {"type": "tick", "color": "var(--ink)", "thickness": 2, "bandSize": 7},
            "encoding": {
                "x": x | {"bandPosition": 0.5},
                "y": y,
                "description": {"field": "tip"},
            },
        }
        return _spec(width - 64, 220, values) | {"layer": [bars, ticks]}

    return _chart(spec, words)


def _months_axis(months: Sequence[Row], ticks: int) -> Spec:
    """Return an axis of time, or where an odd year would squeeze the others, one of months."""
    first, last = months[0]["created_month"], months[-1]["created_month"]
    if 12 * (last.year - first.year) <= SPARSE * len(months) + 24:
        evenly: Spec = {
            "title": None,
            "grid": False,
            "tickCount": ticks,
            "format": "%b %Y",
        } | LABELLED
        return {"field": "month", "type": "temporal", "timeUnit": "utcyearmonth", "axis": evenly}
    shown = [_name(month) for month in months[:: max(1, len(months) // ticks)]]
    named: Spec = {"title": None, "grid": False, "values": shown, "labelAngle": 0} | LABELLED
    return {"field": "name", "type": "ordinal", "sort": None, "axis": named}


def _of_month(month: Row, tip: str) -> Row:
    name = _name(month)
    return {"month": str(month["created_month"]), "name": name, "tip": f"{name}: {tip}"}


def _name(month: Row) -> str:
    return f"{month['created_month']:%b %Y}"


def _parts(step: Row, departures: Sequence[Row]) -> list[Row]:
    label, number = step["label"], step["step_number"]
    parts = [{"label": label, "kind": "goes on", "place": 0, "count": step["audit_count"]}]
    for place, kind in enumerate(("skipped", "failed", "out of scope"), 1):
        count = sum(
            row["audit_count"]
            for row in departures
            if row["kind"] == kind and row["step_number"] <= number
        )
        parts.append({"label": label, "kind": kind, "place": place, "count": count})
    return [part for part in parts if part["count"]]


def _unexplained(steps: Sequence[Row], values: Sequence[Row]) -> list[Row]:
    """Fill what a step lacks of all audits: a hop that does not close shows as a gap in colour."""
    if not steps:
        return []
    whole = steps[0]["audit_count"]
    sums = {
        step["label"]: sum(part["count"] for part in values if part["label"] == step["label"])
        for step in steps
    }
    return [
        {"label": label, "kind": "unexplained", "place": 4, "count": whole - found}
        for label, found in sums.items()
        if found < whole
    ]


def _spec(width: int, height: int, values: Sequence[Row]) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "background": None,
        "padding": 2,
        "data": {"values": list(values)},
        "config": CONFIG,
    }


def _nominal(field: str, order: list[str]) -> Spec:
    axis = {
        "title": None,
        "ticks": False,
        "domain": False,
        "labelPadding": 10,
        "minExtent": LABELS,
        "maxExtent": LABELS,
    }
    return {"field": field, "type": "nominal", "sort": order, "axis": axis}


def _count_axis(title: str | None, ticks: int) -> Spec:
    return {"title": title, "tickCount": ticks, "format": ",d", "tickMinStep": 1}


def _colour(field: str) -> Spec:
    scale = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}


def _chart(spec: Any, words: str) -> Chart:
    return Chart(_drawn(spec(WIDE)), _drawn(spec(NARROW)), words)


def _drawn(spec: Spec) -> Markup:
    svg = vl_convert.vegalite_to_svg(spec)
    svg = MARK.sub(r"<\1\3><title>\2</title></\1>", svg)
    hidden = svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return Markup(hidden)  # noqa: S704 - drawn from counts and our own labels # nosec B704
