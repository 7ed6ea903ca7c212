"""A source that its users change while it is read."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.score import Score
from tests.faults.test_injected import DIFFERS, found_differences
from tests.faults.undisturbed import STAGES
from tests.places.copies import Place

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
CHANGES = {"new": NEW, "late": LATE, "merged": MERGED, "deleted": DELETED}
PAUSE_S = 0.02
Touched = dict[str, set[int]]


@contextmanager
def busy_users(place: Place, seed: int) -> Iterator[Touched]:
    """Insert, commit late, merge and delete audits until the block ends; tell which, by change."""
    touched: Touched = {change: set() for change in CHANGES}
    stop = threading.Event()

    def work() -> None:
        chance = random.Random(seed)  # noqa: S311 - which audits, no secrets
        with psycopg.connect(place.env["CRM_DEMO_ADMIN_URL"], autocommit=True) as crm:
            query = "select id from audits where organization_id = %s order by id"
            ids = [row[0] for row in crm.execute(query, [ORGANIZATION]).fetchall()]
            while not stop.wait(PAUSE_S):
                change = chance.choice(list(CHANGES))
                chosen = ids.pop(chance.randrange(len(ids)))
                step = 1 + sum(map(len, touched.values()))
                crm.execute(CHANGES[change].encode(), {"id": chosen, "step": step})
                touched[change].add(chosen)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield touched
    finally:
        stop.set()
        thread.join()


@pytest.mark.long
@pytest.mark.parametrize("until", ["extracted", "over"])
def test_a_source_that_changes_while_it_is_migrated(
    untouched: Place, score: Score, until: str
) -> None:
    """The run ends balanced; what changed behind its back a later run moves, or names."""
    with untouched.start(*STAGES["migrate"]) as run, busy_users(untouched, seed=1) as touched:
        while run.poll() is None and not (until == "extracted" and has_extracted(untouched)):
            time.sleep(0.1)
    assert all(touched.values())
    assert run.returncode == 0
    job = untouched.job()
    assert (job["status"], job["explained_pct"], job["differences"]) == ("completed", 100, {})
    score.told(f"source changes until the run is {until}", "balanced")
    quiet = untouched.run(*STAGES["migrate"])
    job = untouched.job()
    assert job["counts"]["staged"] == job["source_count_now"]
    assert quiet.returncode == (DIFFERS if job["differences"] else 0), quiet.stderr
    merged = {f"crm_audit_{audit_id}" for audit_id in touched["merged"]}
    assert found_differences(untouched)[0].keys() <= merged


def has_extracted(place: Place) -> bool:
    """Tell whether the running job has left its extract."""
    with place.cdp() as database:
        job = database.crm_activity_log_migration_jobs.find_one({})
    return job is not None and job["phase"] not in ("start", "extract")
