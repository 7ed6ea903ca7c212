"""Whoever claimed an account last may write its logs, and nobody before (rule: clock and fence)."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bson import encode
from bson.raw_bson import RawBSONDocument
from pymongo.errors import OperationFailure

from ingest.shared.mongo import connected
from ingest.shared.progress import Unwatched
from loaders.documents.document import document
from loaders.jobs.errors import LeaseLostError
from loaders.jobs.held import Job
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.load.rollback import Rollback
from tests.loaders.conftest import Place
from tests.places.mart_sources import COMPANY_ID
from tests.places.proxies import Proxy, proxied
from tests.places.warehouses import mart_row

HELD_S = 0.5


def made(numbers: range, job: Job) -> list[RawBSONDocument]:
    """Documents of a job."""
    documents = (document(mart_row(number), job.job_id) for number in numbers)
    return [RawBSONDocument(encode(each)) for each in documents]


def write(logs: ActivityLogs, numbers: range, job: Job) -> None:
    """Write documents as a load does."""
    with ThreadPoolExecutor(2) as pool:
        logs.insert_parallel(pool, made(numbers, job), job.job_id, job.fence)


def orphan(place: Place, job: Job) -> Jobs:
    """Let a job's lease be over."""
    jobs = Jobs(place.database, place.account)
    jobs.set_status(job.job_id, ["in_progress"], lease=None)
    return jobs


def logs_of(place: Place) -> int:
    """Count the account's logs."""
    return place.database.activity_logs.count_documents({"company_sso_id": COMPANY_ID})


@pytest.fixture
def job(place: Place) -> Job:
    """A job that a process holds."""
    return Jobs(place.database, place.account).start(requested_by="anna")


@pytest.fixture
def logs(place: Place) -> ActivityLogs:
    """The account's logs."""
    return ActivityLogs(place.database, COMPANY_ID)


@pytest.fixture
def proxy(place: Place) -> Iterator[Proxy]:
    """A network between a loader and MongoDB."""
    with proxied(place.settings.mongo_url) as found:
        yield found


def test_each_claim_has_a_larger_fence(place: Place, job: Job) -> None:
    """A takeover, a resume and a new run all have a larger number than what was before."""
    fences = [job.document["fence"]]
    jobs = orphan(place, job)
    taken = jobs.start(requested_by="bert")
    taken.finish("failed", error="as the test wants it")
    resumed = jobs.start(requested_by="anna", resume=True)
    resumed.finish("completed")
    fences += [each.document["fence"] for each in (taken, resumed)]
    fences.append(jobs.start(requested_by="anna").document["fence"])
    assert fences == sorted(set(fences))


def test_a_writer_of_an_older_claim_writes_nothing(
    place: Place, job: Job, logs: ActivityLogs
) -> None:
    """Its batch ends with an error, and the newer claim's goes in."""
    write(logs, range(10), job)
    newer = orphan(place, job).start(requested_by="bert")
    with pytest.raises(LeaseLostError):
        write(logs, range(10, 20), job)
    assert logs_of(place) == 10
    write(logs, range(10, 20), newer)
    assert logs_of(place) == 20


def test_a_batch_with_documents_that_are_there_is_taken_apart(
    place: Place, job: Job, logs: ActivityLogs
) -> None:
    """A duplicate key ends a transaction; what is not there arrives all the same, once."""
    write(logs, range(3, 5), job)
    with ThreadPoolExecutor(2) as pool:
        written = logs.insert_parallel(pool, made(range(100), job), job.job_id, job.fence)
    assert (written.migrated, written.already_present, written.failures) == (100, 0, [])
    assert logs_of(place) == 100


@pytest.mark.parametrize("who", ["takeover", "rollback"])
def test_a_batch_that_the_network_held_back_never_arrives(
    place: Place, proxy: Proxy, who: str
) -> None:
    """Its sender may be dead: once another claimed the account, what was on its way is void."""
    with connected(proxy.url) as far, ThreadPoolExecutor(1) as background:
        held = Jobs(far, place.account).start(requested_by="anna")
        logs = ActivityLogs(far, COMPANY_ID)
        write(logs, range(5), held)
        proxy.hold()
        late = background.submit(write, logs, range(100, 200), held)
        time.sleep(HELD_S)
        claim(place, held, who)
        before = logs_of(place)
        proxy.let_go()
        assert isinstance(late.exception(), LeaseLostError)
        assert logs_of(place) == before == (5 if who == "takeover" else 0)


def claim(place: Place, held: Job, who: str) -> None:
    """Claim the account while its holder cannot be reached."""
    jobs = orphan(place, held)
    if who == "takeover":
        jobs.start(requested_by="bert")
        return
    jobs.cancel(requested_by="bert")
    assert Rollback(place.database, place.account, "bert").run(Unwatched()) == 5


def test_a_transaction_that_was_open_ends_before_a_claim_goes_on(place: Place, job: Job) -> None:
    """Inserted and not yet committed when the account is claimed: in it is, or it never will be."""
    jobs = orphan(place, job)
    key = {"_id": {"company_sso_id": COMPANY_ID, "writer": 0}}
    fences = place.database.crm_activity_log_migration_fences
    with place.database.client.start_session() as session, ThreadPoolExecutor(1) as background:
        session.start_transaction()
        fences.update_one(key, {"$inc": {"batches": 1}}, session=session)
        place.database.activity_logs.insert_many(made(range(7), job), session=session)
        claimed = background.submit(jobs.start, requested_by="bert")
        time.sleep(HELD_S)
        assert not claimed.done()
        session.commit_transaction()
        newer = claimed.result()
    assert logs_of(place) == 7
    assert newer.document["fence"] > job.document["fence"]


def test_a_transaction_that_a_dead_writer_left_open_is_ended(
    place: Place, job: Job, logs: ActivityLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MongoDB would keep it for a minute and more, longer than a claim waits here."""
    key = {"_id": {"company_sso_id": COMPANY_ID, "writer": 0}}
    fences = place.database.crm_activity_log_migration_fences
    session = job.fence.sessions[0]
    session.start_transaction()
    fences.update_one(key, {"$inc": {"batches": 1}}, session=session)
    place.database.activity_logs.insert_many(made(range(7), job), session=session)
    monkeypatch.setattr("loaders.jobs.fence.CLAIM_S", 20.0)
    newer = orphan(place, job).start(requested_by="bert")
    with pytest.raises(OperationFailure, match="aborted"):
        session.commit_transaction()
    assert logs_of(place) == 0
    write(logs, range(7), newer)
    assert logs_of(place) == 7


def test_a_writer_that_slept_beyond_its_lease_writes_nothing_more(place: Place) -> None:
    """SIGSTOP in the midst of a load, a takeover that finishes it, SIGCONT: all once."""
    place.fill_with(12_000)
    first = subprocess.Popen(
        place.arguments("load"), env=place.env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    with first:
        while logs_of(place) < 1_000:
            assert first.poll() is None
            time.sleep(0.005)
        os.kill(first.pid, signal.SIGSTOP)
        written = logs_of(place)
        jobs = Jobs(place.database, place.account)
        jobs.set_status(place.job()["job_id"], ["in_progress"], lease=None)
        held = jobs.start(requested_by="bert")
        os.kill(first.pid, signal.SIGCONT)
        _, errors = first.communicate(timeout=60)
    assert first.returncode == 1
    assert b"writes nothing more" in errors
    assert logs_of(place) - written <= 1_000  # at most the batch that was sent before
    jobs.set_status(held.job_id, ["in_progress"], lease=None)
    assert place.run("load").returncode == 0
    assert logs_of(place) == 12_000


def test_a_standalone_server_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without transactions the job says that a late batch may still arrive; the rest holds."""
    monkeypatch.setattr("loaders.jobs.fence.has_transactions", lambda _database: False)
    jobs = Jobs(place.database, place.account)
    job = jobs.start(requested_by="anna")
    assert [each["what"] for each in place.job()["events"]] == ["trigger", "standalone"]
    logs = ActivityLogs(place.database, COMPANY_ID)
    write(logs, range(10), job)
    newer = orphan(place, job).start(requested_by="bert")
    with pytest.raises(LeaseLostError):
        write(logs, range(10, 20), job)
    assert logs_of(place) == 10
    newer.finish("completed")


def test_no_clock_of_this_machine_decides() -> None:
    """What holds, claims and orders jobs asks MongoDB for the time."""
    root = Path(__file__).parents[3] / "loaders"
    modules: list[Any] = [*(root / "jobs").glob("*.py"), *(root / "load").glob("*.py")]
    named = {path.name for path in modules for word in CLOCKS if word in path.read_text()}
    assert named == set()


CLOCKS = ("datetime.now", "utcnow", "time.time(", "date.today")
