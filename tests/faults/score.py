"""Keeps the score of a session's faults: a table for people, JSON for programs (rule: commands)."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.comparing import Damage

GOOD, BAD = "collection identical", "COLLECTION DIFFERS"


@dataclass(slots=True)
class Score:
    """What was done to the system, and what became of it."""

    kills: int = 0
    outages: int = 0
    drift_misjudged: int = 0
    lost: int = 0
    double: int = 0
    wrong: int = 0
    injected: dict[str, bool] = field(default_factory=dict)
    clean_runs: int = 0
    false_alarms: int = 0
    lines: Counter[tuple[str, str]] = field(default_factory=Counter)

    def survived(self, fault: str, found: Damage, times: int = 1) -> None:
        """Note a fault after which the collection was compared with the undisturbed one."""
        self.lost += found.lost
        self.double += found.double
        self.wrong += found.wrong + found.native_changed
        self.lines[fault, GOOD if found.is_none else BAD] += times

    def killed(self, stage: str, found: Damage, times: int) -> None:
        """Note kills of a stage, after which it was run again to its end."""
        self.kills += times
        self.survived(f"kill -9: {stage}", found, times)

    def away(self, server: str, phase: str, found: Damage) -> None:
        """Note a server that was away for some seconds of a phase."""
        self.outages += 1
        self.survived(f"{server} away: {phase}", found)

    def drifted(self, misjudged: int, count: int) -> None:
        """Note drifted and forged documents, and how many of them were taken for something else."""
        self.drift_misjudged += misjudged
        self.lines[
            "drifted and forged documents", f"{misjudged} MISJUDGED" if misjudged else "told apart"
        ] += count

    def told(self, fault: str, outcome: str) -> None:
        """Note a fault that has another outcome than an identical collection."""
        self.lines[fault, outcome] += 1

    def judged(self, kind: str, found: str) -> None:
        """Note an injected kind of wrong document, and as what it was found, empty if not."""
        self.injected[kind] = bool(found) and self.injected.get(kind, True)
        self.lines[f"injected: {kind}", f"found as {found}" if found else "NOT FOUND"] += 1

    def clean(self, is_alarmed: bool) -> None:
        """Note a reconciliation of a collection without a fault."""
        self.clean_runs += 1
        self.false_alarms += is_alarmed
        self.lines["none: a clean run", "FALSE ALARM" if is_alarmed else "no alarm"] += 1

    def table(self) -> list[str]:
        """Return *fault · times · outcome*, a line each."""
        rows = [("fault", "times", "outcome")]
        rows += [(fault, str(times), end) for (fault, end), times in sorted(self.lines.items())]
        width = max(len(fault) for fault, _, _ in rows)
        return [f"{fault:<{width}}  {times:>5}  {end}" for fault, times, end in rows]

    def write(self, path: Path) -> None:
        """Write the totals as the specification names them."""
        totals = {
            "kills": self.kills,
            "outages": self.outages,
            "lost": self.lost,
            "double": self.double,
            "wrong": self.wrong,
            "injected_kinds": len(self.injected),
            "injected_found": sum(self.injected.values()),
            "clean_runs": self.clean_runs,
            "false_alarms": self.false_alarms,
            "drift_misjudged": self.drift_misjudged,
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(json.dumps(totals, indent=2) + "\n")
