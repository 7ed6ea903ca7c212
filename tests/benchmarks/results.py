"""What was measured, as tables for people and JSON for programs (spec §14, §15)."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .baselines import Bare
from .machine import described

RATIO_BARS = {"migrate": 10.0, "load": 0.85, "parse": 20.0, "rerun": 5.0}
LEAST_AUDITS_PER_S = 10_000
MOST_MB = 1_073.741824  # 1 GiB
COLUMNS = ("stage", "rows/s", "peak MB", "baseline", "baseline rows/s", "ratio", "bar")


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage did, and what its baseline did.

    Attributes:
        unit: What the rows are: audits or documents.
        peak_mb: Of the stage's own processes; none where it has none.
    """

    stage: str
    unit: str
    rows: int
    seconds: float
    peak_mb: float | None = None
    baseline: str | None = None
    bare: Bare | None = None

    @property
    def rows_per_s(self) -> float:
        """How many a second."""
        return self.rows / self.seconds

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
            "peak_mb": self.peak_mb and round(self.peak_mb, 1),
            "baseline": self.baseline,
            "baseline_rows_per_s": self.bare and round(self.bare.per_s, 1),
            "ratio": self.ratio and round(self.ratio, 3),
            "bar": bar,
            "is_met": self.ratio >= bar if self.ratio and bar else None,
            "unit": self.unit,
            "rows": self.rows,
            "seconds": round(self.seconds, 2),
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
        small: What the phases of a small account took: the seconds that every run takes.
        notes: What a reader has to know of this run.
    """

    rows: int
    machine: dict[str, Any]
    stages: list[Stage]
    bars: list[Bar]
    small: dict[str, Any]
    notes: list[str]

    def write(self, path: Path) -> None:
        """Write all of it."""
        told = {
            "rows": self.rows,
            "machine": self.machine,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "stages": [stage.row() for stage in self.stages],
            "bars": [asdict(bar) for bar in self.bars],
            "small_account": self.small,
            "notes": self.notes,
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(json.dumps(told, indent=2) + "\n")

    def show(self, console: Console) -> None:
        """Print the tables."""
        console.print(self._stages())
        console.print(self._bars())
        console.print(self._small())
        for note in [described(self.machine), *self.notes]:
            console.print(note, highlight=False)

    def _stages(self) -> Table:
        table = Table(title=f"{self.rows:,} audits")
        for number, column in enumerate(COLUMNS):
            table.add_column(column, justify="left" if number in (0, 3) else "right")
        for row in (stage.row() for stage in self.stages):
            bar = "-" if row["bar"] is None else f"≥ {row['bar']:g}: {_verdict(row['is_met'])}"
            table.add_row(
                row["stage"],
                f"{row['rows_per_s']:,.0f} {row['unit']}",
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

    def _small(self) -> Table:
        title = f"a whole run of {self.small.get('rows', 0):,} audits"
        table = Table("phase", "seconds", "peak MB", title=title)
        for name, phase in self.small.get("phases", {}).items():
            table.add_row(name, f"{phase['seconds']:.1f}", f"{phase['peak_mb']:,.0f}")
        return table


def other_bars(whole: Stage, stages: list[Stage], rerun_writes: int) -> list[Bar]:
    """Return how a run stands to the bars that are no ratio."""
    peak = max(stage.peak_mb or 0.0 for stage in stages)
    rate = whole.rows_per_s
    return [
        Bar("whole run, audits/s", f"≥ {LEAST_AUDITS_PER_S:,}", rate, rate >= LEAST_AUDITS_PER_S),
        Bar("memory of any stage, MB", f"≤ {MOST_MB:,.0f}", peak, peak <= MOST_MB),
        Bar("writes of a rerun", "0", rerun_writes, rerun_writes == 0),
    ]


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _verdict(is_met: bool | None) -> str:
    return "met" if is_met else "not met"
