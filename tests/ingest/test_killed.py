"""Killed at any point, the next call goes on and staging equals the source (rule: extract)."""

import os
import random
import subprocess
import time

from tests.places.crm_sources import ROOT, Sources


def test_a_killed_extract_goes_on(sources: Sources) -> None:
    """Two kills at random moments, then one call that may end."""
    sources.add_audits(1_001, 400_000)
    moments = random.Random(1)  # noqa: S311
    for _ in range(2):
        process = subprocess.Popen(
            sources.command(),
            cwd=ROOT,
            env=os.environ | sources.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(1.5, 7))
        process.kill()
        process.wait()
    finished = sources.extract()
    assert finished.returncode == 0, finished.stderr
    assert "(0 late, 0 changed, 0 gone" in finished.stdout
    assert sources.differences() == 0
    assert sources.staged("select count(*), count(distinct email) from raw_usman.users") == [(6, 6)]
