"""The bare work below each stage, without all that the stage does beside it (rule: bars)."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from ingest.demo.crm.plans import plan_of
from ingest.shared.bson_codec import CODEC
from ingest.shared.mongo import DURABLE
from loaders.upkeep.indexes import ensure_indexes
from tests.benchmarks.measuring import Measured, measured_command, sampled_python
from tests.places.copies import Place

WRITERS = 2
BARE_DATABASE = "bare"
MOST_BARE_DOCUMENTS = 200_000


@dataclass(frozen=True, slots=True)
class Bare:
    """How many rows or documents went through, in how many seconds."""

    count: int
    seconds: float

    @property
    def per_s(self) -> float:
        """How many a second."""
        return self.count / self.seconds


@dataclass(frozen=True, slots=True)
class Script:
    """What the hand-written script did, and what it took."""

    bare: Bare
    document_count: int
    took: Measured


def copied_out(place: Place) -> Bare:
    """Let PostgreSQL give the account's audits by COPY, and throw them away."""
    query = "copy (select * from audits where organization_id = %s) to stdout"
    organization = plan_of(place.account).organization_id
    with psycopg.connect(place.env["CRM_AUDIT_DATABASE_URL"]) as crm, crm.cursor() as cursor:
        with _clock() as clock, cursor.copy(query, [organization]) as copy:
            for _ in copy:
                pass
        return Bare(cursor.rowcount, clock[0])


def inserted_bare(place: Place) -> Bare:
    """Insert the account's own documents into an empty collection with the same indexes.

    They are taken back from MongoDB before the clock starts, at most so many of them.
    """
    with place.cdp() as database:
        query = _migrated(place)
        found = database.activity_logs.find(query, {"_id": 0}).limit(MOST_BARE_DOCUMENTS)
        documents = list(found)
        bare = database.client.get_database(BARE_DATABASE)
        ensure_indexes(bare)
        logs = bare.get_collection("activity_logs", codec_options=CODEC, write_concern=DURABLE)
        parts = [documents[number::WRITERS] for number in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool, _clock() as clock:
            list(pool.map(lambda part: logs.insert_many(part, ordered=False), parts))
        database.client.drop_database(BARE_DATABASE)
    return Bare(len(documents), clock[0])


def read_bare(place: Place) -> Bare:
    """Read the account's documents as raw batches, and throw them away."""
    with place.cdp() as database:
        count = database.activity_logs.count_documents(_migrated(place))
        with _clock() as clock:
            for _ in database.activity_logs.find_raw_batches(_migrated(place)):
                pass
    return Bare(count, clock[0])


def run_script(place: Place, limit: int) -> Script:
    """Let the hand-written script do the whole job for the account's first audits.

    Its clock runs without its start-up and without the making of its dictionaries, which a part
    of an account does not need the less: its rate is that of the rows alone.
    """
    out = Path(place.env["VAR_DIR"]) / "handwritten.json"
    command = sampled_python(
        "tests.benchmarks.handwritten",
        *("--account", place.account, "--limit", str(limit), "--out", str(out)),
    )
    took = measured_command(place, command)
    told = json.loads(out.read_text())
    return Script(Bare(told["audits"], told["seconds"]), told["documents"], took)


def _migrated(place: Place) -> dict[str, Any]:
    return {"company_sso_id": place.company_sso_id, "source_tag": "crm_migration"}


@contextmanager
def _clock() -> Iterator[list[float]]:
    """Give a list in which the seconds are once the block has ended."""
    seconds: list[float] = []
    started_at = time.monotonic()
    yield seconds
    seconds.append(time.monotonic() - started_at)
