"""What made a run: versions of libraries, and hashes of seeds, rules and code."""

import csv
import hashlib
import json
import platform
import shutil
import subprocess  # our own programs, without a shell # nosec B404
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingest.shared.seeds import SEEDS, Account
from ingest.shared.settings import ROOT

LIBRARIES = ("dlt", "dbt-core", "dbt-duckdb", "duckdb", "pymongo", "psycopg", "pyarrow")
CODE = ("ingest", "loaders", "dbt_project")
KINDS = {".py", ".sql", ".yml", ".md", ".j2", ".css"}  # seeds have hashes of their own
# They decide whether an account may run and how it is called, not what becomes of its audits.
WORDS = {"labels"}  # a seed that decides how a timeline reads, and nothing else
NO_MAPPING = ("migration_enabled", "display_name")
MADE = {"target", "logs", "__pycache__"}


def provenance(target: Path) -> dict[str, Any]:
    """Return versions and hashes.

    Args:
        target: dbt's target folder.
    """
    return {
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in LIBRARIES},
        "seeds_sha256": {path.name: file_hash(path) for path in sorted(SEEDS.glob("*.csv"))},
        "hashes": {
            "code_sha256": code_hash(),
            "git_commit": git_commit(),
            "requirements_lock_sha256": lock_hash(),
            "dbt_manifest_sha256": file_hash(target / "manifest.json"),
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
    return file_hash(ROOT / "requirements.lock")


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


def mapping_hashes(account: Account, seeds: Path = SEEDS) -> dict[str, str]:
    """Hash the lines of every seed that concern an account, whatever their order."""
    return {
        path.stem: hashlib.sha256(json.dumps(sorted(_lines(path, account))).encode()).hexdigest()
        for path in sorted(seeds.glob("*.csv"))
        if path.stem not in WORDS
    }


def changed_seeds(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """Name the seeds that are not the same."""
    names = sorted({*then, *now})
    return [f"{name}.csv" for name in names if then.get(name) != now.get(name)]


def file_hash(path: Path) -> str | None:
    """Return a file's SHA-256; none where there is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def report_hashes(page: Path) -> dict[str, str | None]:
    """Return the SHA-256 of a report's page and of its facts."""
    return {
        "page_sha256": file_hash(page),
        "report_sha256": file_hash(page.with_name("report.json")),
    }


def _asked(git: str, root: Path, *arguments: str) -> str | None:
    command = [git, "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - git, with our own arguments # nosec B603
    return done.stdout.strip() if done.returncode == 0 else None


def _sources(root: Path) -> Iterator[Path]:
    yield from root.glob("profiles.yml")
    for folder in CODE:
        for path in (root / folder).rglob("*"):
            if path.suffix in KINDS and not MADE.intersection(path.relative_to(root).parts):
                yield path


def _lines(path: Path, account: Account) -> Iterator[list[tuple[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            own = row.get("account", account.account) == account.account
            if own and row.get("company_sso_id", "*") in ("*", account.company_sso_id):
                yield [(str(name), text) for name, text in row.items() if name not in NO_MAPPING]
