"""Copies of the project, whose seeds and code a test may change."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.places.copies import ROOT, Done, Place

MADE = shutil.ignore_patterns("__pycache__", "target", "logs")


def copied_project(folder: Path) -> Path:
    """Copy the packages, the models and what they are run with."""
    for name in ("ingest", "loaders", "dbt_project"):
        shutil.copytree(ROOT / name, folder / name, ignore=MADE)
    for name in ("profiles.yml", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def run_in(project: Path, place: Place, *arguments: str) -> Done:
    """Run a command of a copy for a place's account, on its servers."""
    return subprocess.run(
        [sys.executable, "-m", *arguments, "--account", place.account],
        cwd=project,
        env={**os.environ, **place.env, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
