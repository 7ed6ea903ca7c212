"""How time and memory grow with the account (rule: bars)."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import vl_convert

from tests.benchmarks.measuring import Phased, measured_run
from tests.benchmarks.places import filled_place, plan

Runs = list[tuple[int, Phased]]
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


def grown(folder: Path, sizes: Sequence[int], say: Callable[[str], None]) -> Runs:
    """Run accounts of several sizes, each whole and on servers of its own."""
    runs: Runs = []
    for rows in sizes:
        say(f"making an account of {rows:,} audits")
        with filled_place(folder, plan(rows)) as place:
            place.done("ingest", "probe")
            say("migrate")
            runs.append((rows, measured_run(place)))
    return runs


def memory_growth(runs: Runs) -> str:
    """Tell by how much the peak grew from the last size but one to the last."""
    (rows, run), (more_rows, more) = runs[-2:]
    percent = 100 * ((more.whole.peak_mb or 0.0) / (run.whole.peak_mb or 1.0) - 1)
    return f"peak memory from {rows:,} to {more_rows:,} audits: {percent:+.1f} % (bar: < 10 %)"


def write_growth(runs: Runs, path: Path) -> None:
    """Write the figures, and beside them the picture (`.svg`)."""
    values = [
        {
            "rows": rows,
            "phase": name,
            "seconds": round(part.seconds, 2),
            "us_per_audit": round(part.seconds / rows * 1_000_000, 1),
            "peak_mb": round(part.peak_mb or 0.0, 1),
        }
        for rows, run in runs
        for name, part in run.parts.items()
    ]
    path.write_text(json.dumps(values, indent=2) + "\n")
    panels = [_panel("us_per_audit", "µs per audit"), _panel("peak_mb", "peak memory, MB")]
    spec = {"$schema": SCHEMA, "background": "white", "data": {"values": values}, "hconcat": panels}
    path.with_suffix(".svg").write_text(vl_convert.vegalite_to_svg(spec))


def _panel(field: str, title: str) -> dict[str, Any]:
    """Draw a line per phase over the number of audits."""
    audits = {
        "field": "rows",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False},
        "title": "audits",
    }
    return {
        "width": 340,
        "height": 260,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": audits | {"axis": {"format": "~s", "grid": False}},
            "y": {"field": field, "type": "quantitative", "title": title},
            "color": {"field": "phase", "type": "nominal", "sort": None},
        },
    }
