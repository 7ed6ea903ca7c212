"""What was measured, as tables for people and JSON for programs (rules: commands, bars)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.baselines import Bare, Script
from tests.benchmarks.dbt_nodes import nodes_table
from tests.benchmarks.machine import described
from tests.benchmarks.measuring import Measured, Phased

RATIO_BARS = {"migrate": 10.0, "load": 0.9, "parse": 20.0, "rerun": 5.0}
LEAST_AUDITS_PER_S = 10_000
MOST_MB = 1_073.741824  # 1 GiB
COLUMNS = ("stage", "rows/s", "CPU s", "peak MB", "baseline", "baseline rows/s", "ratio", "bar")
WORDS = ("stage", "baseline")


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage did, and what its baseline did.

    Attributes:
        unit: What the rows are: audits or documents.
    """

    stage: str
    unit: str
    rows: int
    took: Measured
    baseline: str | None = None
    bare: Bare | None = None

    @property
    def rows_per_s(self) -> float:
        """How many a second."""
        return self.rows / self.took.seconds

    @property
    def ratio(self) -> float | None:
        """How many times the baseline's rate."""
        return self.rows_per_s / self.bare.per_s if self.bare else None

    def row(self) -> dict[str, Any]:
        """Return what `bench.json` says of it."""
        bar = RATIO_BARS.get(self.stage)
        return {
            "stage": self.stage,
            "rows_per_s": round(self.rows_per_s, 1),
            "peak_mb": self.took.peak_mb and round(self.took.peak_mb, 1),
            "baseline": self.baseline,
            "baseline_rows_per_s": self.bare and round(self.bare.per_s, 1),
            "ratio": self.ratio and round(self.ratio, 3),
            "bar": bar,
            "is_met": self.ratio >= bar if self.ratio and bar else None,
            "unit": self.unit,
            "rows": self.rows,
            "seconds": round(self.took.seconds, 2),
            "cpu_seconds": self.took.cpu_seconds and round(self.took.cpu_seconds, 2),
        }


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that is no ratio of a stage."""

    what: str
    needed: str
    found: float
    is_met: bool


@dataclass(frozen=True, slots=True)
class Results:
    """One run of the benchmark.

    Attributes:
        runs: How many audits a whole run moved, and what its phases took.
        node_seconds: What dbt's nodes took in the first run of the account.
        script: What the hand-written script did.
        run_documents: The run's documents of the audits that the script moved.
    """

    rows: int
    machine: dict[str, Any]
    stages: list[Stage]
    bars: list[Bar]
    runs: list[tuple[int, Phased]]
    node_seconds: dict[str, float]
    script: Script
    run_documents: int

    def write(self, path: Path) -> None:
        """Write all of it."""
        told = {
            "rows": self.rows,
            "machine": self.machine,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "stages": [stage.row() for stage in self.stages],
            "bars": [asdict(bar) for bar in self.bars],
            "runs": [{"rows": rows, **asdict(run)} for rows, run in self.runs],
            "node_seconds": self.node_seconds,
            "script": {
                "audits": self.script.bare.count,
                "documents": self.script.document_count,
                "run_documents": self.run_documents,
                "peak_mb": self.script.took.peak_mb,
            },
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(json.dumps(told, indent=2) + "\n")

    def show(self, console: Console) -> None:
        """Print the tables."""
        console.print(self._stages())
        console.print(self._bars())
        console.print(phases_table(self.runs))
        console.print(nodes_table(self.node_seconds))
        for note in (described(self.machine), self._script(), *self._load()):
            console.print(note, highlight=False)

    def _stages(self) -> Table:
        table = Table(title=f"{self.rows:,} audits")
        for column in COLUMNS:
            table.add_column(column, justify="left" if column in WORDS else "right")
        for row in (stage.row() for stage in self.stages):
            bar = "-" if row["bar"] is None else f"≥ {row['bar']:g}: {_verdict(row['is_met'])}"
            table.add_row(
                f"{row['stage']} ({row['unit']})",
                f"{row['rows_per_s']:,.0f}",
                _number(row["cpu_seconds"], ",.1f"),
                _number(row["peak_mb"], ",.0f"),
                row["baseline"] or "-",
                _number(row["baseline_rows_per_s"], ",.0f"),
                _number(row["ratio"], ".2f"),
                bar,
            )
        return table

    def _bars(self) -> Table:
        table = Table("bar", "needed", "found", "verdict", title="other bars")
        for bar in self.bars:
            table.add_row(bar.what, bar.needed, f"{bar.found:,.0f}", _verdict(bar.is_met))
        return table

    def _script(self) -> str:
        script, run = self.script, self.run_documents
        difference = "" if script.document_count == run else f"; THE RUN MADE {run:,}"
        return (
            f"hand-written script: {script.bare.count:,} audits, "
            f"{script.document_count:,} documents{difference}"
        )

    def _load(self) -> Iterator[str]:
        """Tell how the load stands without the start-up of its command."""
        phase = self.runs[-1][1].phases.get("load")
        for stage in self.stages:
            if stage.stage == "load" and stage.bare and phase:
                rate = stage.rows / phase.seconds
                times = rate / stage.bare.per_s
                yield f"load within the whole run: {rate:,.0f} documents/s, ratio {times:.2f}"


def phases_table(runs: Sequence[tuple[int, Phased]]) -> Table:
    """Show what each phase of whole runs of several sizes took."""
    table = Table("phase", title="phases of a whole run: seconds, µs per audit, peak MB")
    sizes = [rows for rows, _ in runs]
    for place, rows in enumerate(sizes):
        after = ", the next account" if rows in sizes[:place] else ""
        table.add_column(f"{rows:,} audits{after}", justify="right")
    names = dict.fromkeys(name for _, run in runs for name in run.parts)
    for name in names:
        table.add_row(name, *(_took(run.parts.get(name), rows) for rows, run in runs))
    return table


def other_bars(stages: Sequence[Stage], rerun_writes: int) -> list[Bar]:
    """Return how a run stands to the bars that are no ratio."""
    peak = max(stage.took.peak_mb or 0.0 for stage in stages)
    [rate] = [stage.rows_per_s for stage in stages if stage.stage == "migrate"]
    return [
        Bar("whole run, audits/s", f"≥ {LEAST_AUDITS_PER_S:,}", rate, rate >= LEAST_AUDITS_PER_S),
        Bar("memory of any stage, MB", f"≤ {MOST_MB:,.0f}", peak, peak <= MOST_MB),
        Bar("writes of a rerun", "0", rerun_writes, rerun_writes == 0),
    ]


def _took(part: Measured | None, rows: int) -> str:
    if part is None:
        return "-"
    micros = part.seconds / rows * 1_000_000
    return f"{part.seconds:,.1f} s  {micros:>6,.0f} µs  {part.peak_mb or 0.0:>5,.0f} MB"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _verdict(is_met: bool | None) -> str:
    return "met" if is_met else "not met"
