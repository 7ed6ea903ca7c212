"""Every stage of one account, each beside its baseline."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.places import Place, copied_place

from . import baselines
from .baselines import Bare, Script
from .machine import machine
from .measuring import Measured, measured, measured_run
from .parsing import golden_texts, parsed_by_pyyaml, parsed_by_transform
from .places import filled_place, plan
from .results import Results, Stage, other_bars

Say = Callable[[str], None]
PARSED_TIMES, PYYAML_TIMES = 60, 10
HANDWRITTEN = "hand-written script"


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
            whole, rerun, writes = _whole(place, sizes.rows, script, say)
    say("parser")
    stages.insert(1, _parse())
    small = _small(folder, sizes.small_rows, say) if sizes.small_rows else {}
    notes = _notes(sizes, script, documents)
    bars = other_bars(whole, [*stages, whole, rerun], writes)
    return Results(sizes.rows, found, [*stages, whole, rerun], bars, small, notes)


def _stage_by_stage(place: Place, sizes: Sizes, say: Say) -> tuple[list[Stage], int]:
    """Run the stages as `make` does; return them, and the documents of the script's audits."""

    def stage(name: str, unit: str, rows: int | None = None) -> tuple[Any, ...]:
        say(name)
        package = "ingest" if name == "extract" else "loaders"
        took = measured(place, package, name)
        return name, unit, rows or _document_count(place), took.seconds, took.peak_mb

    rows = sizes.rows
    extract = Stage(*stage("extract", "audits", rows), "COPY to a sink", baselines.copied_out(place))
    transform = Stage(*stage("transform", "audits", rows))
    load = stage("load", "documents")
    reconcile = stage("reconcile", "documents")
    report = Stage(*stage("report", "audits", rows))
    say("bare insert_many, raw batches")
    bare_load, bare_read = baselines.inserted_bare(place), baselines.read_bare(place)
    found = [
        extract,
        transform,
        Stage(*load, "insert_many, 2 threads", bare_load),
        Stage(*reconcile, "find_raw_batches", bare_read),
        report,
    ]
    last_id = plan(rows).first_audit_id + min(rows, sizes.script_rows)
    return found, _document_count(place, last_id)


def _whole(place: Place, rows: int, script: Script, say: Say) -> tuple[Stage, Stage, int]:
    """Run the whole, and again with nothing new; count the second one's writes to the logs."""
    place.done("ingest", "probe")
    say("migrate")
    first = measured(place, "loaders", "migrate")
    before = _write_count(place)
    say("migrate again")
    again = measured(place, "loaders", "migrate")
    whole = Stage(
        "migrate", "audits", rows, first.seconds, first.peak_mb, HANDWRITTEN, script.bare
    )
    bare = Bare(rows, first.seconds)
    rerun = Stage("rerun", "audits", rows, again.seconds, again.peak_mb, "first run", bare)
    return whole, rerun, _write_count(place) - before


def _parse() -> Stage:
    texts = golden_texts()
    ours, theirs = parsed_by_transform(texts, PARSED_TIMES), parsed_by_pyyaml(texts, PYYAML_TIMES)
    return Stage("parse", "documents", ours.count, ours.seconds, None, "CSafeLoader", theirs)


def _small(folder: Path, rows: int, say: Say) -> dict[str, Any]:
    say(f"an account of {rows:,} audits")
    with filled_place(folder, plan(rows)) as place:
        place.done("ingest", "probe")
        run = measured_run(place)
    phases = {name: asdict(phase) for name, phase in {**run.phases, "whole": run.whole}.items()}
    return {"rows": rows, "phases": phases}


def _notes(sizes: Sizes, script: Script, documents: int) -> list[str]:
    notes = [
        f"hand-written script: the first {script.bare.count:,} audits, peak "
        f"{script.measured.peak_mb:,.0f} MB, {script.document_count:,} documents; "
        f"the run made {documents:,} of them"
    ]
    if sizes.rows > baselines.MOST_BARE_DOCUMENTS:
        notes.append(f"bare insert_many: at most {baselines.MOST_BARE_DOCUMENTS:,} documents")
    return notes


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
