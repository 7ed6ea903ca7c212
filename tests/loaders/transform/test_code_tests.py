"""dbt's tests that know no account's data run once for each version of what they test."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from ingest.shared.seeds import SEEDS
from loaders.transform import code_tests
from loaders.transform.code_tests import SELECTED, code_tests_once
from loaders.transform.results import CODE_TESTS

UNIT_TEST, SEED_TEST, DATA_TEST = "unit_test.p.a_rule", "test.p.exact", "test.p.grain"
PATHS = {SEED_TEST: "seeds/_seeds.yml", DATA_TEST: "models/marts/activity_logs.yml"}
ALL = tuple(SELECTED.values())


def build(target: Path, *ran: str) -> None:
    """Leave the two artifacts of a build that ran some tests."""
    target.mkdir(exist_ok=True)
    nodes = {key: {"original_file_path": path} for key, path in PATHS.items()}
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    results = [{"unique_id": key, "status": "pass"} for key in ran]
    (target / "run_results.json").write_text(json.dumps({"results": results}))


def results_of(target: Path) -> dict[str, list[str]]:
    """The tests of each kind whose results are beside an account's own."""
    kept = json.loads((target / CODE_TESTS).read_text())
    return {kind: [each["unique_id"] for each in kept[kind]["results"]] for kind in kept}


@pytest.fixture
def tested(tmp_path: Path) -> Path:
    """A `var` in which one account was built."""
    with code_tests_once(tmp_path, tmp_path / "one") as left_out:
        build(tmp_path / "one", UNIT_TEST, SEED_TEST, DATA_TEST)
    assert left_out == ()
    return tmp_path


def test_the_next_account_takes_the_results_over(tested: Path) -> None:
    """Of unit tests and seeds; its data is tested by its own build."""
    with code_tests_once(tested, tested / "two") as left_out:
        build(tested / "two", DATA_TEST)
    assert left_out == ALL
    expected = {"unit_test": [UNIT_TEST], "seed_test": [SEED_TEST]}
    assert results_of(tested / "one") == results_of(tested / "two") == expected


def test_a_changed_seed_is_tested_again_and_the_rules_are_not(
    tested: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an analyst changes has its own tests."""
    seeds = tested / "seeds"
    shutil.copytree(SEEDS, seeds)
    with (seeds / "denied_fields.csv").open("a") as seed:
        seed.write("one_more\n")
    monkeypatch.setattr(code_tests, "SEEDS", seeds)
    with code_tests_once(tested, tested / "two") as left_out:
        build(tested / "two", SEED_TEST, DATA_TEST)
    assert left_out == (SELECTED["unit_test"],)
    assert results_of(tested / "two") == {"unit_test": [UNIT_TEST], "seed_test": [SEED_TEST]}


def test_a_build_that_fails_keeps_nothing(tmp_path: Path) -> None:
    """The next one tests all."""
    with (
        pytest.raises(RuntimeError, match="dbt failed"),
        code_tests_once(tmp_path, tmp_path / "one"),
    ):
        raise RuntimeError("dbt failed")
    with code_tests_once(tmp_path, tmp_path / "two") as left_out:
        build(tmp_path / "two", UNIT_TEST, SEED_TEST)
    assert left_out == ()


def test_of_accounts_that_begin_together_one_tests(tmp_path: Path) -> None:
    """The others wait for its results."""
    seen: dict[str, tuple[str, ...]] = {}
    begun = threading.Event()

    def second() -> None:
        begun.set()
        with code_tests_once(tmp_path, tmp_path / "two") as left_out:
            seen["two"] = left_out
            build(tmp_path / "two", DATA_TEST)

    with code_tests_once(tmp_path, tmp_path / "one") as left_out:
        seen["one"] = left_out
        other = threading.Thread(target=second)
        other.start()
        begun.wait()
        build(tmp_path / "one", UNIT_TEST, SEED_TEST, DATA_TEST)
        assert "two" not in seen
    other.join()
    assert seen == {"one": (), "two": ALL}
