"""The benchmark measures what the specification asks for, whatever the figures (rule: commands)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places.copies import ROOT

STAGES = ["extract", "parse", "transform", "load", "reconcile", "report", "migrate", "rerun"]
WITH_BASELINE = {"extract", "parse", "load", "reconcile", "migrate", "rerun"}


@pytest.mark.long
@pytest.mark.usefixtures("own_servers")
def test_a_short_benchmark_writes_every_stage(tmp_path: Path) -> None:
    """`bench.json` has the specified shape, and the script makes the documents of the run."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "stages", "--rows", "2000", "--small-rows", "0"],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "bench.json").read_text())
    assert found["rows"] == 2_000
    assert found["date"].endswith("+00:00")
    assert found["machine"]["cores"] >= 1
    assert [stage["stage"] for stage in found["stages"]] == STAGES
    for stage in found["stages"]:
        assert stage["rows_per_s"] > 0
        assert (stage["ratio"] is not None) == (stage["stage"] in WITH_BASELINE)
        assert (stage["baseline_rows_per_s"] is not None) == (stage["baseline"] is not None)
    assert found["node_seconds"]["activity_logs"] > 0
    [writes] = [bar for bar in found["bars"] if bar["what"] == "writes of a rerun"]
    assert writes["found"] == 0
    assert found["script"]["documents"] == found["script"]["run_documents"] > 0
