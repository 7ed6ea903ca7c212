"""What became of the mutants of each model, judged by as many processes as there are cores."""

import logging
import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.mutants.asking import INVALID, Account, UnitTests
from tests.mutants.edits import sql
from tests.mutants.project import Project
from tests.mutants.writing import Mutant, mutants_of, parsed

SEED = 1


class UnsoundError(Exception):
    """A test fails of a model that nobody has changed, so that it tells nothing of mutants."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant, and the test that noticed it; none did of a survivor."""

    mutant: Mutant
    noticed_by: str | None

    @property
    def place(self) -> dict[str, Any]:
        """What is kept of it: all but the SQL."""
        place = asdict(self.mutant)
        del place["code"]
        return place | {"noticed_by": self.noticed_by}


def judged_models(folder: Path, models: Sequence[str], sample: int) -> Iterator[list[Judged]]:
    """Judge the mutants of the models, and give those of each model when it is done.

    Args:
        folder: Where the account's file and dbt's target folder are.
        models: Their names.
        sample: How many mutants of a model are judged at most; 0 for all.
    """
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        tasks = [processes.submit(judge, folder, model, sample) for model in models]
        for task in as_completed(tasks):
            yield task.result()


def judge(folder: Path, model: str, sample: int) -> list[Judged]:
    """Judge the mutants of one model, as `judged_models`.

    Raises:
        UnsoundError: A test fails of the model itself.
    """
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what a mutant writes
    project = Project(folder / "target")
    unit_tests = UnitTests(project.unit_tests(model))
    with tempfile.TemporaryDirectory() as own:
        copy = Path(shutil.copy(folder / "staging.duckdb", own))
        account = Account(copy, project)
        code = project.model(model).code
        original = Mutant(model, "", 0, "none", "", "", sql(parsed(code)))
        if failed := unit_tests.noticed(original.code) or account.noticed(original):
            raise UnsoundError(f"{model}: {failed} fails of the model itself")
        mutants = list(mutants_of(model, code, account.describe))
        if sample and len(mutants) > sample:
            mutants = random.Random(SEED).sample(mutants, sample)  # noqa: S311 - no secret
        return [each for each in (_judge(one, unit_tests, account) for one in mutants) if each]


def _judge(mutant: Mutant, unit_tests: UnitTests, account: Account) -> Judged | None:
    """Ask the quick tests first; none where the mutant is no SQL at all."""
    try:
        return Judged(mutant, unit_tests.noticed(mutant.code) or account.noticed(mutant))
    except INVALID:
        return None
