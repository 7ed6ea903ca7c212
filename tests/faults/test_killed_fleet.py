"""A fleet whose workers and scheduler are killed moves every account (rule: fleet)."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.comparing import damage
from tests.faults.score import Score
from tests.places.clusters import Cluster
from tests.places.copies import Place, copied_place, seeded_place
from tests.places.fleets import FleetProject, fleet_plans

ACCOUNTS, ROWS, WORKERS = 30, 100, 2
EVERY_S = 20.0
ACCOUNTS_A_KILL = 3  # at least so many are moved between two kills, however slow the machine is
SCHEDULER_DIES_AT = 3


@contextmanager
def dying(cluster: Cluster, every_s: float) -> Iterator[list[str]]:
    """Kill a worker again and again, and the scheduler once; tell what was killed."""
    killed: list[str] = []
    stop = threading.Event()
    chance = random.Random(1)  # noqa: S311 - which worker, no secrets

    def work() -> None:
        while not stop.wait(every_s):
            if len(killed) + 1 == SCHEDULER_DIES_AT:
                cluster.kill_scheduler()
                killed.append("scheduler")
            elif cluster.kill_worker(chance):
                killed.append("worker")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> FleetProject:
    """A project that knows many accounts."""
    made = FleetProject(tmp_path_factory.mktemp("fleet") / "project", fleet_plans(ACCOUNTS, ROWS))
    made.make()
    return made


@pytest.fixture(scope="module")
def untouched(
    servers: Any, project: FleetProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Their sources, nothing migrated."""
    var, plans = tmp_path_factory.mktemp("fleet-var"), project.plans
    with seeded_place(servers.env, plans[0].account, var, plans, fill=project.fill) as place:
        yield place


@pytest.mark.long
def test_a_fleet_whose_workers_and_scheduler_die_moves_every_account(
    project: FleetProject, untouched: Place, score: Score, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every account is completed, and every document is as an undisturbed fleet wrote it."""
    fleet = ("loaders", "fleet", "--accounts", project.slugs)
    with copied_place(untouched, tmp_path_factory.mktemp("calm")) as calm:
        began = time.monotonic()
        done = project.run(calm.env, *fleet, "--workers", str(WORKERS))
        assert done.returncode == 0, done.stdout + done.stderr
        every_s = max(EVERY_S, ACCOUNTS_A_KILL * (time.monotonic() - began) / ACCOUNTS)
        expected = calm.documents()
    with copied_place(untouched, tmp_path_factory.mktemp("dying")) as place:
        cluster = Cluster(project.folder, place.env, WORKERS)
        try:
            cluster.start()
            with dying(cluster, every_s) as killed:
                done = project.run(place.env, *fleet, "--scheduler", cluster.address)
        finally:
            cluster.end()
        assert done.returncode == 0, done.stdout + done.stderr
        assert killed.count("scheduler") == 1
        assert killed.count("worker") >= SCHEDULER_DIES_AT - 1
        found = damage(expected, place.documents())
        score.killed("fleet", found, len(killed))
        assert found.is_none
        with place.cdp() as database:
            jobs = database.crm_activity_log_migration_jobs
            completed = jobs.distinct("company_sso_id", {"status": "completed"})
    assert len(completed) == ACCOUNTS
