"""One account's documents, cut into ranges of audit ids that several processes insert at once."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingest.shared.mongo import connected
from loaders.upkeep.indexes import ensure_indexes
from tests.benchmarks.baselines import Bare
from tests.benchmarks.measuring import StageFailedError, sampled_python
from tests.benchmarks.places import filled_place, plan
from tests.places.copies import ROOT, Place, with_database

BARE_DATABASE = "partitions"
BOUNDS = """
select min(audit_id), max(audit_id) from (
    select audit_id, ntile(?) over (order by audit_id) as part
    from marts.activity_log_documents)
group by part order by part
"""


def partitioned(folder: Path, rows: int, count: int, say: Callable[[str], None]) -> dict[int, Bare]:
    """Return what one process and several took to insert the same documents.

    Each process has its own connection to the staging file and to MongoDB, and writes with as
    many threads as the loader. The clock runs from the first one's begin, without its start-up, to
    the last one's end.

    Args:
        folder: Everything is made anew below.
        rows: The audits of the account.
        count: How many the several are.
        say: Told what begins.
    """
    say(f"making an account of {rows:,} audits")
    took = {}
    with filled_place(folder, plan(rows)) as place:
        say("extract and transform")
        place.done("ingest", "extract")
        place.done("loaders", "transform")
        for parts in (1, count):
            say(f"partitions: {parts}")
            took[parts] = _inserted(place, parts)
    return took


def _inserted(place: Place, parts: int) -> Bare:
    staging = place.folder / "staging.duckdb"
    with duckdb.connect(staging, read_only=True) as warehouse:
        bounds = warehouse.execute(BOUNDS, [parts]).fetchall()
    with _empty_database(place) as url:
        outs = [place.folder / f"part-{number}.json" for number in range(parts)]
        processes = [
            subprocess.Popen(
                sampled_python(
                    "tests.benchmarks.partition",
                    *("--staging", str(staging), "--url", url, "--out", str(out)),
                    *("--company-sso-id", place.company_sso_id),
                    *("--first", str(first), "--last", str(last)),
                ),
                cwd=ROOT,
                env=place.env,
            )
            for (first, last), out in zip(bounds, outs, strict=True)
        ]
        codes = [process.wait() for process in processes]
        if any(codes):
            raise StageFailedError(f"a partition of {parts} was not inserted")
    told = [json.loads(out.read_text()) for out in outs]
    seconds = max(each["ended"] for each in told) - min(each["began"] for each in told)
    return Bare(sum(each["documents"] for each in told), seconds)


@contextmanager
def _empty_database(place: Place) -> Iterator[str]:
    """Give the address of a database that has the indexes and nothing else."""
    url = with_database(place.env["CDP_MONGO_URL"], BARE_DATABASE)
    with connected(url) as database:
        ensure_indexes(database)
        yield url
        database.client.drop_database(BARE_DATABASE)
