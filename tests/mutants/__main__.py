"""Changes each rule's SQL in one place, and asks the tests: `python -m tests.mutants`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.mutants.judging import judged_models
from tests.mutants.place import built_account
from tests.mutants.project import Project
from tests.mutants.results import NEEDED_PCT, Results, read_explained

WIDTH = 160


def main(
    only: Annotated[str, typer.Option(envvar="ONLY", help="One model; all if none.")] = "",
    sample: Annotated[
        int, typer.Option(envvar="SAMPLE", min=0, help="Mutants of a model at most; 0 for all.")
    ] = 0,
) -> None:
    """Print the score of each model, every survivor, and the score of all; write `mutants.json`."""
    console = Console(width=WIDTH, highlight=False, markup=False)
    var_dir = Path(os.environ.get("VAR_DIR", "var")).resolve()
    folder = var_dir / "mutants"
    built_account(folder, dict(os.environ), [f"{only}+"] if only else [])
    chosen = [only] if only else Project(folder / "target").rules
    results = Results(read_explained())
    for judged in judged_models(folder, chosen, sample):
        score = results.add(judged)
        if judged:
            console.print(f"{judged[0].mutant.model:32} {score}")
    results.show(console)
    results.write(var_dir / "mutants.json")
    raise typer.Exit(results.total.pct < NEEDED_PCT)


if __name__ == "__main__":
    typer.run(main)
