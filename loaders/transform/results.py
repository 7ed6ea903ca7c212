"""What dbt's last build tested, by model, out of its two artifacts (rule: reconciliation)."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

CODE_TESTS = "code_test_results.json"
KINDS = {"test": "data test", "unit_test": "unit test"}
GOOD = ("pass", "success")
PROJECT_WIDE = "(several models)"


def read_build(target: Path) -> dict[str, Any]:
    """Return the counts by kind and status, and every test by its model.

    Args:
        target: dbt's target folder.

    Returns:
        ``counts: [{kind, status, test_count}]`` and
        ``models: [{model, tests: [{name, kind, status, description}]}]``, failing ones first.
    """
    results = _results(target)
    manifest = _read(target / "manifest.json")
    counts: Counter[tuple[str, str]] = Counter()
    models: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for result in results:
        kind = KINDS.get(result["unique_id"].partition(".")[0])
        if kind:
            model, test = _test(result, kind, manifest)
            counts[kind, result["status"]] += 1
            models[model].append(test)
    return {
        "counts": [
            {"kind": kind, "status": status, "test_count": count}
            for (kind, status), count in sorted(counts.items())
        ],
        "models": [
            {"model": model, "tests": sorted(tests, key=_order)}
            for model, tests in sorted(models.items())
        ],
    }


def _results(target: Path) -> list[dict[str, Any]]:
    """Return the results of the build, and of what was tested before it for all accounts."""
    built: list[dict[str, Any]] = _read(target / "run_results.json").get("results", [])
    known = {result["unique_id"] for result in built}
    before = [result for kind in _read(target / CODE_TESTS).values() for result in kind["results"]]
    return built + [result for result in before if result["unique_id"] not in known]


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return content


def _test(
    result: dict[str, Any], kind: str, manifest: dict[str, Any]
) -> tuple[str, dict[str, str]]:
    key = result["unique_id"]
    node = manifest.get("nodes", {}).get(key) or manifest.get("unit_tests", {}).get(key) or {}
    about = node.get("model") or (node.get("attached_node") or "").rpartition(".")[2]
    name = node.get("name") or key
    if tested := node.get("test_metadata"):
        columns = [node["column_name"]] if node["column_name"] else tested["kwargs"].get("columns")
        name = f"{tested['name']} of {', '.join(columns)}" if columns else tested["name"]
    test = {
        "name": name.replace("_", " ") if kind == "unit test" else name,
        "kind": kind,
        "status": result["status"],
        "description": node.get("description") or "",
    }
    return about or PROJECT_WIDE, test


def _order(test: dict[str, str]) -> tuple[bool, str, str]:
    return test["status"] in GOOD, test["kind"], test["name"]
