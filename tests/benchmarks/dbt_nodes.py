"""Where the time of a transform went, by dbt's own record of its nodes."""

import json
from collections import Counter
from pathlib import Path

from rich.table import Table

SHOWN_MODELS = 8


def node_seconds(target: Path) -> dict[str, float]:
    """Return the seconds of each model, and of all tests of a kind together, longest first.

    Two nodes run at once, so that they add up to more than the clock shows.
    """
    seconds: Counter[str] = Counter()
    for result in json.loads((target / "run_results.json").read_bytes())["results"]:
        kind, _, name = result["unique_id"].split(".")[:3]
        seconds[name if kind == "model" else f"all of kind {kind}"] += result["execution_time"]
    return {name: round(took, 2) for name, took in seconds.most_common()}


def nodes_table(seconds: dict[str, float]) -> Table:
    """Show what took longest."""
    table = Table("node of dbt", title="transform of the whole run: seconds, two nodes at once")
    table.add_column("seconds", justify="right")
    for name, took in list(seconds.items())[:SHOWN_MODELS]:
        table.add_row(name, f"{took:,.1f}")
    return table
