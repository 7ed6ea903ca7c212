"""MongoDB dies, the disk is full, two workers want one account (rule: loading)."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.demo.servers import mongod
from ingest.demo.servers.programs import free_port
from tests.faults.comparing import damage
from tests.faults.score import Score
from tests.faults.test_sources import assert_stopped
from tests.faults.undisturbed import STAGES, THEN, Undisturbed
from tests.places.copies import ROOT, Done, Place, copied_place

LIMITED = (
    "import os, resource, sys; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY)); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)
ENOUGH = 1_000
# DuckDB's headers and one block: a full disk refuses a block, it does not cut one that is there.
LITTLE = 12_288 + 262_144
THEN_LOADED = ("ingest", "transform")


class OwnMongod:
    """A MongoDB of the test's own, always at one port, that can be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._server = mongod.start(folder, self._port)

    @property
    def url(self) -> str:
        """Its address."""
        return self._server.url

    def kill(self) -> None:
        """`kill -9`, by its process id."""
        self._server.process.kill()
        self._server.process.wait()

    def restart(self) -> None:
        """Start it again over what it left."""
        self._server = mongod.start(self._folder, self._port)

    def stop(self) -> None:
        """Stop it."""
        self._server.stop()


@pytest.fixture
def own_mongod(tmp_path: Path) -> Iterator[OwnMongod]:
    """A MongoDB of the test's own."""
    server = OwnMongod(tmp_path / "mongod")
    yield server
    server.stop()


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(3, id="down for a while"), pytest.param(0, id="back", marks=pytest.mark.long)],
)
def test_mongodb_is_killed_while_a_load_runs(
    small: Undisturbed, own_mongod: OwnMongod, score: Score, tmp_path: Path, seconds: int
) -> None:
    """The load waits until it is back, and ends as undisturbed."""
    before = small.before["load"]
    with copied_place(before, tmp_path / "var", CDP_MONGO_URL=own_mongod.url) as place:
        with place.start(*STAGES["load"]) as load:
            wait_for_documents(place, load)
            own_mongod.kill()
            time.sleep(seconds)
            own_mongod.restart()
            _, errors = load.communicate()
        assert load.returncode == 0, errors
        assert place.job()["status"] == "completed"
        found = damage(small.documents, place.documents())
        score.survived("MongoDB killed during a load", found)
        assert found.is_none


@pytest.mark.long
def test_mongodb_stays_away_longer_than_a_run_waits(
    small: Undisturbed, own_mongod: OwnMongod, tmp_path: Path
) -> None:
    """One clear line; the next run ends as undisturbed."""
    before = small.before["load"]
    with copied_place(before, tmp_path / "var", CDP_MONGO_URL=own_mongod.url) as place:
        with place.start(*STAGES["load"], RETRY_MINUTES="0") as load:
            wait_for_documents(place, load)
            own_mongod.kill()
            _, errors = load.communicate()
        own_mongod.restart()
        assert_stopped(Done([], load.returncode, "", errors), "CDP_MONGO_URL")
        place.done(*STAGES["load"])
        assert damage(small.documents, place.documents()).is_none


def wait_for_documents(place: Place, load: "subprocess.Popen[str]") -> None:
    """Wait until a load has written some and not all."""
    with place.cdp() as database:
        while load.poll() is None:
            if database.activity_logs.count_documents({"source_tag": "crm_migration"}) > ENOUGH:
                return
            time.sleep(0.005)


def limited(place: Place, stage: str, size: int) -> Done:
    """Run a stage that cannot make a file larger than so many bytes, as on a full disk."""
    arguments = place.command(*STAGES[stage])[1:]
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(size), *arguments],
        cwd=ROOT,
        env=place.env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    "stage",
    [*(pytest.param(stage, marks=pytest.mark.long) for stage in THEN_LOADED), "reconcile"],
)
def test_a_full_disk_is_named_and_gone_on_after(
    small: Undisturbed, score: Score, tmp_path: Path, stage: str
) -> None:
    """One clear line; with room again the stage succeeds, and the account ends as undisturbed."""
    with copied_place(small.before[stage], tmp_path / "var") as place:
        path = place.folder / "staging.duckdb"
        room = path.stat().st_size if stage == "transform" else 0
        assert_stopped(limited(place, stage, room + LITTLE), "staging.duckdb", "too large")
        score.told(f"disk full: {stage}", "one clear error, goes on later")
        place.done(*STAGES[stage])
        for following in THEN.get(stage, ()):
            place.done(*STAGES[following])
        assert damage(small.documents, place.documents()).is_none


@pytest.mark.parametrize("stage", ["load", pytest.param("migrate", marks=pytest.mark.long)])
def test_of_two_workers_one_runs(
    small: Undisturbed, score: Score, tmp_path: Path, stage: str
) -> None:
    """Started at once on one account; the other says so, and nothing is doubled."""
    with copied_place(small.before[stage], tmp_path / "var") as place:
        with place.start(*STAGES[stage]) as first, place.start(*STAGES[stage]) as second:
            errors = [worker.communicate()[1] for worker in (first, second)]
        codes = [first.returncode, second.returncode]
        assert sorted(codes) == [0, 1], errors
        assert "JOB_ALREADY_RUNNING" in errors[codes.index(1)]
        found = damage(small.documents, place.documents())
        score.survived(f"two workers at once: {stage}", found)
        assert found.is_none
