"""dbt's unit tests, run once for each version of the code: they know no account's data."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loaders.transform.provenance import code_hash, lock_hash
from loaders.transform.results import UNIT_TESTS

LEFT_OUT = ("--exclude-resource-type", "unit_test")


@contextmanager
def unit_tests_once(var_dir: Path, target: Path) -> Iterator[tuple[str, ...]]:
    """Give dbt's options for a build; their results are beside the other ones of the account after.

    Args:
        var_dir: Where the results of the version that was tested last are kept.
        target: dbt's target folder of the account.
    """
    kept = var_dir / UNIT_TESTS
    version = [code_hash(), lock_hash()]
    if kept.exists() and json.loads(kept.read_bytes())["version"] == version:
        yield LEFT_OUT
    else:
        yield ()
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps({"version": version, "results": _unit_tests(target)}))
        written.replace(kept)
    shutil.copyfile(kept, target / UNIT_TESTS)


def _unit_tests(target: Path) -> list[dict[str, Any]]:
    results = json.loads((target / "run_results.json").read_bytes())["results"]
    return [each for each in results if each["unique_id"].startswith("unit_test.")]
