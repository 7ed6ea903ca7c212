"""What changed between two runs is told by category, action and reason (rule: report)."""

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import NothingToDoError, UnknownRunError
from loaders.review.run_diff import change_lines, find_run, kept_runs

EMPTY: dict[str, Any] = {
    "account": "demo-small",
    "verdict": {"status": "completed"},
    "figures": {"accuracy_pct": 90.0, "counted_at": "2024-01-01T00:00:00"},
    "contact_coverage": {"missing_count": 0},
    "seeds_sha256": {"accounts.csv": "a"},
    "versions": {"duckdb": "2.0.0"},
    "hashes": {"code_sha256": "c", "dbt_manifest_sha256": "1"},
    "categories": [
        {"category": "deal", "action": "won", "audit_count": 5, "mongo_count": 4},
        {"category": "note", "action": None, "audit_count": 1, "mongo_count": 0},
    ],
    "reasons": [{"outcome": "skipped", "reason": "no_contact", "audit_count": 1}],
}


def facts(job_id: str, started_at: str, **changes: Any) -> dict[str, Any]:
    """A report's facts."""
    return EMPTY | {"job": {"job_id": job_id, "started_at": started_at}} | changes


def keep(folder: Path, *runs: dict[str, Any]) -> list[dict[str, Any]]:
    """Keep reports of runs, and read them as the command does."""
    for run in runs:
        path = folder / run["job"]["job_id"] / "report.json"
        path.parent.mkdir()
        path.write_text(json.dumps(run))
    return kept_runs(folder)


def test_runs_are_found_by_place_and_by_the_beginning_of_their_id(tmp_path: Path) -> None:
    """The order is that of their beginnings, not that of their names."""
    runs = keep(tmp_path, facts("aa1", "2024-01-02"), facts("ab2", "2024-01-01"))
    assert find_run(runs, "last")["job"]["job_id"] == "aa1"
    assert find_run(runs, "previous")["job"]["job_id"] == "ab2"
    assert find_run(runs, "ab")["job"]["job_id"] == "ab2"


@pytest.mark.parametrize("wish", ["a", "zz"])
def test_a_run_that_is_none_or_several_is_refused(tmp_path: Path, wish: str) -> None:
    """The error lists those that could be meant."""
    runs = keep(tmp_path, facts("aa1", "2024-01-02"), facts("ab2", "2024-01-01"))
    with pytest.raises(UnknownRunError, match="aa1, ab2") as refused:
        find_run(sorted(runs, key=lambda run: str(run["job"]["job_id"])), wish)
    assert refused.value.exit_code == 2


def test_there_must_be_two_runs(tmp_path: Path) -> None:
    """A first run has nothing before it."""
    with pytest.raises(NothingToDoError, match="no previous run"):
        find_run(keep(tmp_path, facts("aa1", "2024-01-02")), "previous")


def test_equal_runs_have_no_difference(tmp_path: Path) -> None:
    """When they were counted, and dbt's stamp, are no facts of the account."""
    later = {
        "figures": EMPTY["figures"] | {"counted_at": "2024-01-02T00:00:00"},
        "hashes": EMPTY["hashes"] | {"dbt_manifest_sha256": "2"},
    }
    before, after = keep(tmp_path, facts("aa1", "2024-01-01"), facts("ab2", "2024-01-02", **later))
    assert list(change_lines(before, after))[1:] == ["nothing changed"]


def test_every_change_is_told_once(tmp_path: Path) -> None:
    """A row that one run does not have is a change from or to none."""
    changed = {
        "figures": EMPTY["figures"] | {"accuracy_pct": 95.0},
        "seeds_sha256": {"accounts.csv": "b"},
        "categories": [
            {"category": "deal", "action": "won", "audit_count": 7, "mongo_count": 4},
            {"category": "lead", "action": "link", "audit_count": 1, "mongo_count": 1},
        ],
        "reasons": [],
    }
    before, after = keep(
        tmp_path, facts("aa1", "2024-01-01"), facts("ab2", "2024-01-02", **changed)
    )
    assert list(change_lines(before, after)) == [
        "demo-small: aa1 of 2024-01-01 (completed) -> ab2 of 2024-01-02 (completed)",
        "figures",
        "  accuracy_pct: 90.0 -> 95.0",
        "seeds",
        "  accounts.csv: a -> b",
        "audits by category and action",
        "  deal won: 5 -> 7 (+2)",
        "  note none: 1 -> none",
        "  lead link: none -> 1",
        "documents in MongoDB by category and action",
        "  lead link: none -> 1",
        "reasons",
        "  skipped no_contact: 1 -> none",
    ]
