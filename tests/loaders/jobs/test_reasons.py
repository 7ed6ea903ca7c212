"""Every reason that SQL or the load can give stands in the one table of reasons (rule: outcome)."""

import re

import pytest
import yaml

from ingest.shared.settings import ROOT
from loaders.jobs.reasons import REASONS, is_failure
from loaders.review.explain.sentences import words_of

MARTS = ROOT / "dbt_project" / "models" / "marts" / "audit_outcomes.yml"
OUTCOMES = ROOT / "dbt_project" / "models" / "intermediate" / "int_outcomes_decided.sql"
LOAD = ROOT / "loaders" / "load"
PRESENT = "duplicate_external_id"  # what the metrics call a log that is there already
OUT_OF_SCOPE = {"type_not_mapped", "older_than_cutoff"}


def reasons_of_the_mart() -> set[str]:
    """The reasons that the mart accepts."""
    [model] = yaml.safe_load(MARTS.read_text())["models"]
    [reason] = [column for column in model["columns"] if column["name"] == "reason"]
    [test] = [each for each in reason["data_tests"] if "accepted_values" in each]
    return set(test["accepted_values"]["arguments"]["values"])


def reasons_of_the_load() -> set[str]:
    """The reasons that stand in the load's own code, SQL and Python."""
    code = "".join(path.read_text() for path in sorted(LOAD.glob("*.py")))
    given = re.findall(r'LoadFailure\(\w+, "(\w+)"', code)
    given += re.findall(r"then '(foreign_\w+)'", code)
    for chosen in re.findall(r'reason = ("\w+" if .* else "\w+")', code):
        given += re.findall(r'"(\w+)"', chosen)
    return set(given)


def test_the_table_has_every_reason_and_no_other() -> None:
    """A reason that is not in it would have no words in report, explain and operations page."""
    assert reasons_of_the_load() == {"foreign_document", "document_too_large", "write_error"}
    given = reasons_of_the_mart() | reasons_of_the_load() | {PRESENT} | OUT_OF_SCOPE
    assert given == set(REASONS)


def test_a_reason_has_the_outcome_that_sql_gives_it() -> None:
    """What the mart calls failed counts as a failure in the metrics; what it skips does not."""
    failed = set(re.findall(r"reason (?:=|in) \(?((?:'\w+'(?:, )?)+)", _outcome_case()))
    names = {name for group in failed for name in re.findall(r"\w+", group)}
    assert names == {name for name in reasons_of_the_mart() if is_failure(name)}
    assert all(map(is_failure, reasons_of_the_load()))


def _outcome_case() -> str:
    [case] = re.findall(r"(?s)then 'ready'(.*?)end as outcome", OUTCOMES.read_text())
    return str(case)


def test_an_unlisted_reason_is_a_failure() -> None:
    """It is seen, and never counted as a skip in silence."""
    assert is_failure("a_new_reason")


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_is_told_in_sentences(code: str) -> None:
    """Of a group and of a single audit, with what would change it."""
    reason, one = REASONS[code], words_of(code)
    assert reason.why.endswith(".")
    assert one.why.endswith(".")
    assert reason.remedy
    assert one.remedy
