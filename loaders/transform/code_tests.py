"""dbt's tests that know no account's data, run once for each version of what they test."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ingest.shared.seeds import SEEDS
from loaders.transform.provenance import code_hash, file_hash, lock_hash
from loaders.transform.results import CODE_TESTS

# What dbt calls the unit tests, which are of the code, and the tests of the seeds.
SELECTED = {
    "unit_test": "resource_type:unit_test",
    "seed_test": "path:seeds,resource_type:test",
}
LOCK = "code_tests.lock"
Kept = dict[str, dict[str, Any]]


@contextmanager
def code_tests_once(var_dir: Path, target: Path) -> Iterator[tuple[str, ...]]:
    """Give what a build may leave out; the results are beside the other ones of the account after.

    Of accounts that begin together one runs the tests, and the others wait for it.

    Args:
        var_dir: Where the results of the versions that were tested last are kept.
        target: dbt's target folder of the account.
    """
    path, versions = var_dir / CODE_TESTS, _versions()
    with ExitStack() as stack:
        stack.enter_context(_alone(var_dir / LOCK))
        kept = _read(path)
        kept = {kind: kept[kind] for kind in kept if kept[kind]["version"] == versions[kind]}
        if kept.keys() == versions.keys():
            stack.close()
        yield tuple(SELECTED[kind] for kind in kept)
        if kept.keys() != versions.keys():
            _write(path, _results(target, versions) | kept)
    shutil.copyfile(path, target / CODE_TESTS)


def _versions() -> dict[str, list[str | None]]:
    code = [code_hash(), lock_hash()]
    seeds = [file_hash(path) for path in sorted(SEEDS.glob("*.csv"))]
    return {"unit_test": code, "seed_test": code + seeds}


def _results(target: Path, versions: Mapping[str, Any]) -> Kept:
    """Return what the build has found, by kind."""
    nodes = json.loads((target / "manifest.json").read_bytes())["nodes"]
    found: Kept = {kind: {"version": version, "results": []} for kind, version in versions.items()}
    for result in json.loads((target / "run_results.json").read_bytes())["results"]:
        key = result["unique_id"]
        path = nodes.get(key, {}).get("original_file_path", "")
        if key.startswith("unit_test."):
            found["unit_test"]["results"].append(result)
        elif key.startswith("test.") and path.startswith("seeds/"):
            found["seed_test"]["results"].append(result)
    return found


def _read(path: Path) -> Kept:
    try:
        kept: Kept = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):  # none yet, or cut off with the power
        return {}
    return kept


def _write(path: Path, kept: Kept) -> None:
    written = path.with_suffix(f".{os.getpid()}")
    written.write_text(json.dumps(kept))
    written.replace(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
