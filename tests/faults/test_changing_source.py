"""A source that its users change while it is read (spec §2.2, §2.4, §7)."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from .places import Place
from .score import Score
from .undisturbed import STAGES

ORGANIZATION = 101
LATE = """
    insert into audits
    select (select min(id) from audits where organization_id = 101) - %(step)s, organization_id,
        auditable_id, auditable_type, associated_id, associated_type, user_id, user_type, username,
        action, audited_changes, version, 'late', remote_address, request_uuid, created_at
    from audits where id = %(id)s
"""
NEW = (
    LATE.replace("min(id)", "max(id)").replace("- %(step)s", "+ %(step)s").replace("'late'", "null")
)
MERGED = """
    update audits set action = 'update', comment = 'merged',
        audited_changes = E'---\\nname: merged\\nstage:\\n- 1\\n- 2\\n'
    where id = %(id)s
"""
DELETED = "delete from audits where id = %(id)s"
CHANGES = (NEW, LATE, MERGED, DELETED)
PAUSE_S = 0.02


@contextmanager
def busy_users(place: Place, seed: int) -> Iterator[list[int]]:
    """Insert, commit late, merge and delete audits until the block ends; count the changes."""
    counts = [0]
    stop = threading.Event()

    def work() -> None:
        chance = random.Random(seed)  # noqa: S311 - which audits, no secrets
        with psycopg.connect(place.env["CRM_DEMO_ADMIN_URL"], autocommit=True) as crm:
            query = "select id from audits where organization_id = %s order by id"
            ids = [row[0] for row in crm.execute(query, [ORGANIZATION]).fetchall()]
            while not stop.wait(PAUSE_S):
                chosen = {"id": ids.pop(chance.randrange(len(ids))), "step": 1 + counts[0]}
                crm.execute(chance.choice(CHANGES).encode(), chosen)
                counts[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield counts
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_source_that_changes_while_it_is_extracted(
    untouched: Place, score: Score, seed: int
) -> None:
    """The run ends balanced; what came after its snapshot a later run moves, or names."""
    with busy_users(untouched, seed) as counts, untouched.start(*STAGES["migrate"]) as run:
        while run.poll() is None and not has_extracted(untouched):
            time.sleep(0.1)
        changes = counts[0]
    assert changes > 10
    assert run.returncode == 0
    job = untouched.job()
    assert (job["status"], job["explained_pct"], job["differences"]) == ("completed", 100, {})
    score.told("source changes during the extract", "balanced")
    quiet = untouched.run(*STAGES["migrate"])
    job = untouched.job()
    assert job["explained_pct"] == 100
    assert job["counts"]["staged"] == job["source_count_now"]
    if quiet.returncode:
        assert (quiet.returncode, set(job["differences"])) == (5, {"content"}), quiet.stderr
        assert job["reasons"]["content_conflict"] == job["differences"]["content"]


def has_extracted(place: Place) -> bool:
    """Tell whether the running job has left its extract."""
    with place.cdp() as database:
        job = database.crm_activity_log_migration_jobs.find_one({})
    return job is not None and job["phase"] not in ("start", "extract")
