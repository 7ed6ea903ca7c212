"""`kill -9` at random moments of every stage, and the same collection in the end."""

import random
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.comparing import damage
from tests.faults.score import Score
from tests.faults.undisturbed import STAGES, THEN, Undisturbed
from tests.places.copies import Place, copied_place, seeded_place

SEED = 20_240_131
SOONER = 0.7
LONG_SERIES = {"ingest": 2, "transform": 1, "load": 4, "reconcile": 2, "rollback": 3, "migrate": 2}
LONG = [(stage, number) for stage, count in LONG_SERIES.items() for number in range(count)]
ENDS = {"rollback": (0, 6)}  # a rollback that was killed after its end has nothing left to do


def kill(place: Place, stage: str, moment_s: float) -> None:
    """Run a stage and kill it, and it alone, after a while; sooner if it has ended by then."""
    while moment_s:
        with place.start(*STAGES[stage]) as process:
            try:
                process.communicate(timeout=moment_s)
            except subprocess.TimeoutExpired:
                process.kill()
                return
        moment_s *= SOONER


def finished(place: Place, stage: str) -> None:
    """Run a stage once more; it has to end well at once."""
    again = place.run(*STAGES[stage])
    assert again.returncode in ENDS.get(stage, (0,)), again.stdout + again.stderr


def spread(stage: str, seconds: float, number: int, count: int, kills: int = 3) -> list[float]:
    """Choose the moments of one of several series, spread over the stage's real length."""
    chance = random.Random(f"{SEED} {stage} {number}")  # noqa: S311 - moments, no secrets
    parts = count * kills
    return [seconds * (part + chance.random()) / parts for part in range(number, parts, count)]


@pytest.mark.long
def test_every_stage_is_killed_once(small: Undisturbed, score: Score, tmp_path: Path) -> None:
    """Each stage is killed in its midst, then run to its end, before the next one."""
    chance = random.Random(SEED)  # noqa: S311 - moments, no secrets
    with copied_place(small.before["ingest"], tmp_path / "var") as place:
        for stage in STAGES:
            kill(place, stage, small.seconds[stage] * chance.uniform(0.3, 0.8))
            finished(place, stage)
            if stage not in ("ingest", "transform"):  # which a load shows
                expected = small.empty if stage == "rollback" else small.documents
                found = damage(expected, place.documents())
                score.killed(stage, found, 1)
                assert found.is_none
        assert place.job()["status"] == "completed"
    for stage in ("ingest", "transform"):
        score.killed(stage, found, 1)


@pytest.mark.long
@pytest.mark.parametrize(("stage", "number"), LONG)
def test_a_stage_killed_three_times_ends_as_an_undisturbed_one(
    medium: Undisturbed, score: Score, tmp_path: Path, stage: str, number: int
) -> None:
    """Three kills, each of a run that went on from the one before, then one run to the end."""
    moments = spread(stage, medium.seconds[stage], number, LONG_SERIES[stage])
    with copied_place(medium.before[stage], tmp_path / "var") as place:
        for moment in moments:
            kill(place, stage, moment)
        finished(place, stage)
        if stage == "rollback":
            assert damage(medium.empty, place.documents()).is_none
        for following in THEN.get(stage, ()):
            place.done(*STAGES[following])
        found = damage(medium.documents, place.documents())
        score.killed(stage, found, len(moments))
        assert found.is_none
        score.clean(is_alarmed=place.run(*STAGES["reconcile"]).returncode != 0)
        assert place.job()["status"] == "completed"


@pytest.mark.long
def test_a_large_run_killed_ten_times_ends_as_an_undisturbed_one(
    servers: Any, score: Score, tmp_path: Path
) -> None:
    """200,000 audits from end to end."""
    with seeded_place(servers.env, "demo-medium", tmp_path / "seeded") as seeded:
        seeded.add_audits(188_000, seed_number=2)
        with copied_place(seeded, tmp_path / "undisturbed") as undisturbed:
            started_at = time.monotonic()
            undisturbed.done(*STAGES["migrate"])
            seconds = time.monotonic() - started_at
            expected = undisturbed.documents()
        with copied_place(seeded, tmp_path / "killed") as place:
            moments = spread("large", seconds, 0, 1, kills=10)
            for moment in moments:
                kill(place, "migrate", moment)
            finished(place, "migrate")
            found = damage(expected, place.documents())
            score.killed("migrate of 200,000 audits", found, len(moments))
            assert found.is_none
            assert place.job()["status"] == "completed"
