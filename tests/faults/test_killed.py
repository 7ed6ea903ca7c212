"""`kill -9` at random moments of every stage, and the same collection in the end (spec §9, §15)."""

import random
import subprocess
from pathlib import Path

import pytest

from .comparing import damage
from .places import Place, copied_place
from .score import Score
from .undisturbed import STAGES, Undisturbed

SEED = 20_240_131
KILLS_A_SERIES = 3
LONG_SERIES = {"ingest": 3, "transform": 3, "load": 5, "reconcile": 2, "rollback": 4, "migrate": 4}
LONG = [(stage, number) for stage, count in LONG_SERIES.items() for number in range(count)]
ENDS = {
    "ingest": ("transform", "load"),
    "transform": ("load",),
    "load": (),
    "reconcile": (),
    "rollback": ("load",),
    "migrate": (),
}
NOTHING_LEFT_TO_DO = 6


def killed(place: Place, stage: str, moment_s: float) -> bool:
    """Run a stage and kill it, and it alone, after a while; say whether it still ran."""
    with place.start(*STAGES[stage]) as process:
        try:
            process.communicate(timeout=moment_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def kill_and_finish(undisturbed: Undisturbed, place: Place, stage: str, moments: list[float]) -> int:
    """Kill a stage at some moments, then run it and what follows to the end; count the kills."""
    kills = sum(killed(place, stage, moment) for moment in moments)
    again = place.run(*STAGES[stage])
    allowed = (0, NOTHING_LEFT_TO_DO) if stage == "rollback" else (0,)
    assert again.returncode in allowed, again.stdout + again.stderr
    if stage == "rollback":
        assert damage(undisturbed.empty, place.documents()).is_none
    for following in ENDS[stage]:
        place.done(*STAGES[following])
    return kills


def one_series(
    undisturbed: Undisturbed, score: Score, tmp_path: Path, stage: str, moments: list[float]
) -> None:
    """Kill and finish in a fresh place; nothing may be lost, double, wrong or left open."""
    with copied_place(undisturbed.before[stage], tmp_path / "var") as place:
        kills = kill_and_finish(undisturbed, place, stage, moments)
        found = damage(undisturbed.documents, place.documents())
        score.killed(stage, found, kills)
        assert found.is_none
        assert place.job()["status"] == "completed"
        assert place.done(*STAGES["reconcile"])


def spread(stage: str, seconds: float, number: int, count: int) -> list[float]:
    """Choose the moments of one of several series, spread over the stage's real length."""
    chance = random.Random(f"{SEED} {stage} {number}")  # noqa: S311 - moments, no secrets
    parts = count * KILLS_A_SERIES
    places = range(number, parts, count)
    return [seconds * (place + chance.random()) / parts for place in places]


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_ends_as_an_undisturbed_one(
    undisturbed: Undisturbed, score: Score, tmp_path: Path, stage: str
) -> None:
    """One kill in the midst of each stage, then one run to the end."""
    chance = random.Random(f"{SEED} {stage}")  # noqa: S311 - moments, no secrets
    moment = undisturbed.seconds[stage] * chance.uniform(0.4, 0.9)
    one_series(undisturbed, score, tmp_path, stage, [moment])


@pytest.mark.long
@pytest.mark.parametrize(("stage", "number"), LONG)
def test_a_stage_killed_three_times_ends_as_an_undisturbed_one(
    undisturbed: Undisturbed, score: Score, tmp_path: Path, stage: str, number: int
) -> None:
    """Three kills, each of a run that went on from the one before, then one run to the end."""
    moments = spread(stage, undisturbed.seconds[stage], number, LONG_SERIES[stage])
    one_series(undisturbed, score, tmp_path, stage, moments)
