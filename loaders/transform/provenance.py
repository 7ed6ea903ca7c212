"""What made a run: versions of libraries, and hashes of seeds, rules and code (spec §10)."""

import hashlib
import platform
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from loaders.accounts import seed_hashes
from loaders.settings import ROOT

LIBRARIES = ("dlt", "dbt-core", "dbt-duckdb", "duckdb", "pymongo", "psycopg", "pyarrow")
CODE = ("ingest", "loaders", "dbt_project")
KINDS = {".py", ".sql", ".yml", ".md", ".csv", ".j2", ".css"}
MADE = {"target", "logs", "__pycache__"}


def provenance(target: Path) -> dict[str, Any]:
    """Return versions and hashes.

    Args:
        target: dbt's target folder.
    """
    return {
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in LIBRARIES},
        "seeds_sha256": seed_hashes(),
        "hashes": {
            "code_sha256": code_hash(),
            "git_commit": git_commit(),
            "requirements_lock_sha256": lock_hash(),
            "dbt_manifest_sha256": _file_hash(target / "manifest.json"),
        },
    }


@cache
def code_hash(root: Path = ROOT) -> str:
    """Hash the names and bytes of every source file of the stages and of dbt's project."""
    digest = hashlib.sha256()
    for path in sorted(_sources(root)):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def lock_hash() -> str | None:
    """Hash the pinned dependencies."""
    return _file_hash(ROOT / "requirements.lock")


@cache
def git_commit(root: Path = ROOT) -> str | None:
    """Return the commit that is checked out, with a note where files differ from it; else none."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    commit = _asked(git, root, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _asked(git, root, "status", "--porcelain", "--untracked-files=no", "--", *CODE)
    return f"{commit} and changed files" if changed else commit


def _asked(git: str, root: Path, *arguments: str) -> str | None:
    command = [git, "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else None


def _sources(root: Path) -> Iterator[Path]:
    yield from root.glob("profiles.yml")
    for folder in CODE:
        for path in (root / folder).rglob("*"):
            if path.suffix in KINDS and not MADE.intersection(path.relative_to(root).parts):
                yield path


def _file_hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
