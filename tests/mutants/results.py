"""The score of the mutants, beside the survivors that a reviewer has explained."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from tests.mutants.judging import Judged

NEEDED_PCT = 95.0
EXPLAINED_FILE = Path(__file__).with_name("explained.yml")
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Score:
    """What became of the mutants of one model, or of all.

    Attributes:
        mutants: How many were judged, without the explained survivors.
        noticed: How many of them a test noticed.
    """

    mutants: int
    noticed: int

    @property
    def pct(self) -> float:
        """The share of noticed mutants."""
        return 100 * self.noticed / self.mutants if self.mutants else 100.0

    def __str__(self) -> str:
        return f"{self.mutants:5} mutants {self.noticed:5} noticed {self.pct:6.1f} %"


class Results:
    """All judged mutants, by their model."""

    def __init__(self, explained: dict[Key, str]) -> None:
        self._explained = explained
        self.judged: list[Judged] = []

    def add(self, judged: Sequence[Judged]) -> Score:
        """Take a model's mutants in, and give their score."""
        self.judged += judged
        return self._score(judged)

    @property
    def total(self) -> Score:
        """The score of all."""
        return self._score(self.judged)

    @property
    def survivors(self) -> list[Judged]:
        """Those that no test noticed and nobody has explained, in the order of the models."""
        found = (each for each in self.judged if not each.noticed_by and not self.reason(each))
        return sorted(found, key=lambda each: (each.mutant.model, each.mutant.line))

    def reason(self, judged: Judged) -> str | None:
        """Return why a mutant cannot be noticed, where a reviewer has said so."""
        return self._explained.get(_key(judged))

    def write(self, path: Path) -> None:
        """Write the scores and every mutant as JSON."""
        mutants = [each.place | {"explained": self.reason(each)} for each in self.judged]
        total = self.total
        scores = {"mutants": total.mutants, "noticed": total.noticed, "score_pct": total.pct}
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(json.dumps(scores | {"judged": mutants}, indent=1, ensure_ascii=False))

    def show(self, console: Console) -> None:
        """Print every survivor, and the score of all."""
        for each in self.survivors:
            mutant = each.mutant
            console.print(f"{mutant.model} {mutant.cte}:{mutant.line}  {mutant.kind}")
            console.print(f"    {mutant.before}\n    -> {mutant.after or '(gone)'}")
        explained = sum(1 for each in self.judged if self.reason(each) and not each.noticed_by)
        console.print(
            f"{self.total}; {explained} more cannot be noticed, see {EXPLAINED_FILE.name}"
        )

    def _score(self, judged: Sequence[Judged]) -> Score:
        counted = [each for each in judged if each.noticed_by or not self.reason(each)]
        return Score(len(counted), sum(1 for each in counted if each.noticed_by))


def read_explained() -> dict[Key, str]:
    """Read which mutants give the same rows whatever they are asked, and why."""
    listed = yaml.safe_load(EXPLAINED_FILE.read_text())
    return {
        (each["model"], each["cte"], each["before"], each["after"]): reason["reason"]
        for reason in listed
        for each in reason["mutants"]
    }


def _key(judged: Judged) -> Key:
    mutant = judged.mutant
    return mutant.model, mutant.cte, mutant.before, mutant.after
