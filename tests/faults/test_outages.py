"""A server that goes away costs time and nothing else, whatever a run does just then (rule: passing faults)."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.comparing import damage
from tests.faults.score import Score
from tests.faults.undisturbed import STAGES, Undisturbed
from tests.places.copies import Place, copied_place
from tests.places.proxies import proxied

SERVERS = {
    "PostgreSQL": "CRM_AUDIT_DATABASE_URL",
    "MongoDB": "CDP_MONGO_URL",
    "USMAN": "USMAN_URL",
}
PHASES = ("extract", "transform", "load", "reconcile")
AWAY_S = 4.0


@pytest.mark.long
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("server", SERVERS)
def test_an_outage_costs_time_and_nothing_else(
    small: Undisturbed, score: Score, tmp_path: Path, server: str, phase: str
) -> None:
    """Each server in each phase, whether the phase needs it or not: one run, completed."""
    variable, before = SERVERS[server], small.before["migrate"]
    with (
        copied_place(before, tmp_path / "var") as place,
        proxied(place.env[variable]) as proxy,
    ):
        changes = {variable: proxy.url, "RETRY_MINUTES": "5"}
        with place.start(*STAGES["migrate"], **changes) as run:
            wait_for_phase(place, run, phase)
            proxy.go_away()
            time.sleep(AWAY_S)
            proxy.come_back()
            _, errors = run.communicate()
        assert run.returncode == 0, errors
        assert place.job()["status"] == "completed"
        found = damage(small.documents, place.documents())
        score.away(server, phase, found)
        assert found.is_none


def wait_for_phase(place: Place, run: "subprocess.Popen[str]", phase: str) -> None:
    """Wait until a run has come to a phase."""
    with place.cdp() as database:
        jobs = database.crm_activity_log_migration_jobs
        while not jobs.find_one({"phase": phase}):
            assert run.poll() is None
            time.sleep(0.02)
