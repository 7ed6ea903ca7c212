"""A stage that is killed and run again ends where an undisturbed one does (spec §7, §9)."""

import random
import subprocess
import sys
import time
from typing import Any

import pytest

from .conftest import COMPANY_IDS, ROOT, Run, environment, hash_of, last_job

STAGES = {
    "ingest": ("ingest", "extract"),
    "transform": ("loaders", "transform"),
    "load": ("loaders", "load"),
    "reconcile": ("loaders", "reconcile"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_goes_on(migrated: Run, servers: Any, mongo: Any, stage: str) -> None:
    """After `kill -9` the stage alone and then the whole run succeed, and no document changed."""
    query = {"company_sso_id": COMPANY_IDS["demo-trouble"]}
    before = hash_of(mongo, query)
    arguments = ["-m", *STAGES[stage], "--account", "demo-trouble"]
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(servers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(random.Random(stage).uniform(0.5, 2.5))  # noqa: S311
    process.kill()
    process.wait()
    again = retried(migrated, *STAGES[stage], "--account", "demo-trouble")
    assert again.returncode == 0, again.stdout + again.stderr
    whole = migrated("loaders", "migrate", "--account", "demo-trouble", "--force")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert hash_of(mongo, query) == before
    assert last_job(mongo, "demo-trouble")["status"] == "completed"


def retried(command: Run, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command; a killed stage's child may hold the file a moment longer."""
    for _ in range(10):
        done = command(*arguments)
        if done.returncode == 0:
            break
        time.sleep(2)
    return done
