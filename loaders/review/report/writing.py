"""Writes the report, and keeps one of every run (rule: report)."""

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from loaders.jobs.account_files import preview_path, report_path, runs_folder
from loaders.review.report.content import Subject, report_content
from loaders.review.report.lists import write_lists
from loaders.review.report.page import rendered
from loaders.transform.results import CODE_TESTS
from loaders.transform.warehouse import Warehouse

ARTIFACTS = ("manifest.json", "run_results.json", CODE_TESTS)


def write_report(warehouse: Warehouse, subject: Subject) -> Path:
    """Write ``index.html``, ``report.json`` and the lists beside them; return the page's path.

    A run's report is also kept in ``runs/<job_id>``, with dbt's manifest and results; a preview,
    which has no job, is not.

    Args:
        warehouse: The account's open warehouse, reconciled.
        subject: What it is about.
    """
    facts = report_content(warehouse, subject)
    text = json.dumps(facts, indent=2, default=_text) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    var_dir, account = subject.settings.var_dir, subject.account
    files = ("report.json", text), ("index.html", rendered(facts, digest))
    if subject.job is None:
        return write_pair(preview_path(var_dir, account).parent, *files)
    kept = runs_folder(var_dir, account) / str(subject.job["job_id"])
    write_pair(kept, files[0], ("index.html", rendered(facts, digest, is_kept=True)))
    for name in ARTIFACTS:
        _copy(var_dir / account.account / "target" / name, kept / name)
    page_path = write_pair(report_path(var_dir, account).parent, *files)
    write_lists(warehouse, page_path.parent)
    return page_path


def write_pair(folder: Path, facts: tuple[str, str], page: tuple[str, str]) -> Path:
    """Write two files, names and texts; return the second's path.

    Each is written as a whole or not at all, so that a killed report leaves the old one.
    """
    write_whole(folder, *facts)
    return write_whole(folder, *page)


def write_whole(folder: Path, name: str, text: str) -> Path:
    """Write a file as a whole or not at all; return its path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f"{name}.part"
    unfinished.write_text(text, encoding="utf-8")
    return unfinished.replace(folder / name)


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        shutil.copyfile(source, target)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
