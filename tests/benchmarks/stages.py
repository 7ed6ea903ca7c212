"""Every stage of one account, each beside its baseline."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.baselines import Bare, Script
from tests.benchmarks.dbt_nodes import node_seconds
from tests.benchmarks.machine import machine
from tests.benchmarks.measuring import Measured, Phased, measured, measured_run
from tests.benchmarks.parsing import golden_texts, parsed_by_pyyaml, parsed_by_reader
from tests.benchmarks.places import filled_place, plan
from tests.benchmarks.results import Results, Stage, other_bars
from tests.places.copies import Place, copied_place

from . import baselines

Say = Callable[[str], None]
MOST_PARSED_TIMES, PYYAML_PART = 60, 6
SMALL_ACCOUNTS = 2
COMMANDS = (
    ("ingest", "extract"),
    ("loaders", "transform"),
    ("loaders", "load"),
    ("loaders", "reconcile"),
    ("loaders", "report"),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many audits: of the account, of the small one, and those that the script moves."""

    rows: int
    small_rows: int
    script_rows: int


def benchmarked(folder: Path, sizes: Sizes, say: Say) -> Results:
    """Measure everything once, on servers of its own in an empty folder."""
    say(f"making an account of {sizes.rows:,} audits")
    with filled_place(folder, plan(sizes.rows)) as untouched:
        found = machine(untouched)
        with copied_place(untouched, folder / "staged") as place:
            stages, documents = _stage_by_stage(place, sizes, say)
        with copied_place(untouched, folder / "script") as place:
            say("hand-written script")
            script = baselines.run_script(place, min(sizes.rows, sizes.script_rows))
        with copied_place(untouched, folder / "whole") as place:
            run, nodes, rerun, writes = _whole(place, say)
    stages += _runs(sizes.rows, run.whole, rerun, script)
    small = _small(folder, sizes.small_rows, say) if sizes.small_rows else []
    bars = other_bars(stages, writes)
    runs = [*((sizes.small_rows, each) for each in small), (sizes.rows, run)]
    return Results(sizes.rows, found, stages, bars, runs, nodes, script, documents)


def _stage_by_stage(place: Place, sizes: Sizes, say: Say) -> tuple[list[Stage], int]:
    """Run the stages as `make` does; return them, and the documents of the script's audits."""
    took = {}
    for package, name in COMMANDS:
        say(name)
        took[name] = measured(place, package, name)
    say("COPY, insert_many, raw batches")
    rows, documents = sizes.rows, _document_count(place)
    copied, inserted = baselines.copied_out(place), baselines.inserted_bare(place)
    read = baselines.read_bare(place)
    stages = [
        Stage("extract", "audits", rows, took["extract"], "COPY to a sink", copied),
        _parse(rows, say),
        Stage("transform", "audits", rows, took["transform"]),
        Stage("load", "documents", documents, took["load"], "insert_many", inserted),
        Stage("reconcile", "documents", documents, took["reconcile"], "find_raw_batches", read),
        Stage("report", "audits", rows, took["report"]),
    ]
    last_id = plan(rows).first_audit_id + min(rows, sizes.script_rows)
    return stages, _document_count(place, last_id)


def _whole(place: Place, say: Say) -> tuple[Phased, dict[str, float], Measured, int]:
    """Run the whole, and again with nothing new; count the second one's writes to the logs.

    Between the two are the seconds of dbt's nodes.
    """
    place.done("ingest", "probe")
    say("migrate")
    first = measured_run(place)
    nodes = node_seconds(place.folder / "target")
    before = _write_count(place)
    say("migrate again")
    again = measured(place, "loaders", "migrate")
    return first, nodes, again, _write_count(place) - before


def _runs(rows: int, first: Measured, again: Measured, script: Script) -> list[Stage]:
    bare = Bare(rows, first.seconds)
    return [
        Stage("migrate", "audits", rows, first, "hand-written script", script.bare),
        Stage("rerun", "audits", rows, again, "first run", bare),
    ]


def _parse(rows: int, say: Say) -> Stage:
    say("parser")
    texts = golden_texts()
    times = max(PYYAML_PART, min(MOST_PARSED_TIMES, rows // len(texts)))
    ours, theirs = parsed_by_reader(texts, times), parsed_by_pyyaml(texts, times // PYYAML_PART)
    return Stage("parse", "documents", ours.count, Measured(ours.seconds), "CSafeLoader", theirs)


def _small(folder: Path, rows: int, say: Say) -> list[Phased]:
    """Run two small accounts: with the first the machine also runs dbt's unit tests."""
    say(f"two accounts of {rows:,} audits")
    plans = [plan(rows, number) for number in range(SMALL_ACCOUNTS)]
    runs = []
    with filled_place(folder, *plans) as place:
        for each in (replace(place, account=one.account) for one in plans):
            each.done("ingest", "probe")
            runs.append(measured_run(each))
    return runs


def _document_count(place: Place, before_audit: int = 2**63 - 1) -> int:
    with place.cdp() as database:
        query = {
            "company_sso_id": place.company_sso_id,
            "source_tag": "crm_migration",
            "metadata.crm_audit_id": {"$lt": before_audit},
        }
        return int(database.activity_logs.count_documents(query))


def _write_count(place: Place) -> int:
    """Return how many writes MongoDB has seen on the collection since it started."""
    with place.cdp() as database:
        [found] = database.activity_logs.aggregate([{"$collStats": {"latencyStats": {}}}])
        return int(found["latencyStats"]["writes"]["ops"])
