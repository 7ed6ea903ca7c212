"""Measures the stages: `python -m tests.benchmarks stages|growth|long|workers|fleet`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.benchmarks.fleets import MOST_SECONDS, ways_compared, ways_table
from tests.benchmarks.growth import grown, memory_growth, with_long_texts, write_growth
from tests.benchmarks.results import MOST_MB, phases_table
from tests.benchmarks.stages import Sizes, benchmarked
from tests.benchmarks.workers import shared_by_workers

WIDTH = 112
app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)
Rows = Annotated[int, typer.Option(min=1_000, envvar="ROWS", help="Audits of an account.")]


@app.command("stages")
def stages_command(
    rows: Rows = 200_000,
    small_rows: Annotated[int, typer.Option(help="Audits of a small one; 0 for none.")] = 1_000,
    script_rows: Annotated[
        int, typer.Option(help="Audits that the hand-written script moves at most.")
    ] = 200_000,
) -> None:
    """Measure every stage, each beside its baseline; write `bench.json`."""
    console, path = wide_console(), var_dir() / "bench.json"
    results = benchmarked(bench_folder(), Sizes(rows, small_rows, script_rows), console.log)
    results.write(path)
    results.show(console)
    console.print(f"results: {path}")


@app.command("growth")
def growth_command(
    size: Annotated[
        list[int], typer.Option(envvar="SIZES", help="Audits of an account; several times.")
    ] = [  # noqa: B006 - typer's own way
        100_000,
        1_000_000,
        5_000_000,
    ],
) -> None:
    """Measure whole runs of growing accounts; write `bench-growth.json` and a picture."""
    console, path = wide_console(), var_dir() / "bench-growth.json"
    runs = grown(bench_folder(), size, console.log)
    write_growth(runs, path)
    console.print(phases_table(runs))
    if len(runs) > 1:
        console.print(memory_growth(runs), highlight=False)
    console.print(f"results: {path} and {path.with_suffix('.svg')}")


@app.command("long")
def long_command(rows: Rows = 20_000) -> None:
    """Measure a whole run of audits with texts of 1 KB to 16 MB."""
    console = wide_console()
    run = with_long_texts(bench_folder(), rows, console.log)
    console.print(phases_table([(rows, run)]))
    peak = run.whole.peak_mb or 0.0
    verdict = "met" if peak <= MOST_MB else "not met"
    console.print(f"peak memory: {peak:,.0f} MB (bar: <= {MOST_MB:,.0f} MB): {verdict}")


@app.command("workers")
def workers_command(
    count: Annotated[
        int, typer.Option(min=2, envvar="WORKERS", help="How many share the accounts.")
    ] = 2,
    rows: Rows = 200_000,
) -> None:
    """Measure one worker and several on two accounts."""
    console = wide_console()
    seconds = shared_by_workers(bench_folder(), rows, count, console.log)
    for workers, took in seconds.items():
        times = f"{seconds[1] / took:.2f} times as fast as one"
        console.print(f"{workers} worker(s): {took:.1f} s, {times}", highlight=False)


@app.command("fleet")
def fleet_command(
    count: Annotated[int, typer.Option(min=5, envvar="FLEET", help="How many accounts.")] = 100,
    rows: Rows = 1_000,
    workers: Annotated[int, typer.Option(min=1, envvar="WORKERS", help="Processes.")] = 2,
) -> None:
    """Measure a fleet of small accounts, the same one by one, and the hand-written script."""
    console = wide_console()
    ways = ways_compared(bench_folder(), count, rows, workers, console.log)
    console.print(ways_table(ways))
    verdict = "met" if ways[0].each <= MOST_SECONDS else "not met"
    console.print(f"{ways[0].each:.1f} s an account (bar: <= {MOST_SECONDS:.0f} s): {verdict}")


def wide_console() -> Console:
    """Return a console on which the tables are whole, in a file too."""
    console = Console(log_path=False)
    return Console(log_path=False, width=max(console.width, WIDTH))


def var_dir() -> Path:
    """Return where the results go."""
    return Path(os.environ.get("VAR_DIR", "var")).resolve()


def bench_folder() -> Path:
    """Return where the servers and the accounts are, as long as they are needed."""
    return var_dir() / "bench"


if __name__ == "__main__":
    app()
