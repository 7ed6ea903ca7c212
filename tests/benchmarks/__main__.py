"""Measures the stages: `python -m tests.benchmarks stages|growth|workers`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .stages import Sizes, benchmarked

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)


@app.callback()
def several() -> None:
    """Measure the stages."""


@app.command("stages")
def stages_command(
    rows: Annotated[int, typer.Option(min=1_000, help="Audits of the account.")] = 200_000,
    small_rows: Annotated[int, typer.Option(help="Audits of a small one; 0 for none.")] = 1_000,
    script_rows: Annotated[
        int, typer.Option(help="Audits that the hand-written script moves at most.")
    ] = 50_000,
) -> None:
    """Measure every stage, each beside its baseline; write `bench.json`."""
    console, path = Console(), var_dir() / "bench.json"
    sizes = Sizes(rows, small_rows, script_rows)
    results = benchmarked(var_dir() / "bench", sizes, console.log)
    results.write(path)
    results.show(console)
    console.print(f"results: {path}")


def var_dir() -> Path:
    """Return where everything goes."""
    return Path(os.environ.get("VAR_DIR", "var")).resolve()


if __name__ == "__main__":
    app()
