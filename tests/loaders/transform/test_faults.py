"""A failed build is one line; wrong lines of seeds are a sentence each, without the engine's words."""

from pathlib import Path

from loaders.transform.faults import failure_line

LOG = Path("dbt.log")
BLANK = "category_map.csv line 39: action is blank"
PADDED = 'category_map.csv line 40: category is " x"; write a word'


def result(name: str, message: str, status: str = "error") -> dict[str, str]:
    """What dbt says of a node."""
    return {"unique_id": f"test.project.{name}.12ab", "status": status, "message": message}


def of_a_seed(*sentences: str) -> str:
    """What a test of a seed fails with."""
    engine = f"Invalid Input Error: {'; '.join(sentences)}"
    return f"Runtime Error in test a (models/_seeds.yml)\n  {engine}\n  compiled code at x.sql"


def test_each_wrong_cell_is_one_sentence() -> None:
    """Two tests that refuse the same cell say it once; what passed or is skipped says nothing."""
    results = [
        result("passes", "", "pass"),
        result("first", of_a_seed(BLANK, PADDED)),
        result("second", of_a_seed("category_map.csv line 39: action has blanks")),
        result("later", "depends on it", "skipped"),
    ]
    assert failure_line("build", results, "", LOG) == f"{BLANK}; {PADDED}"


def test_many_wrong_cells_are_bounded() -> None:
    """The first twenty, and where the others are."""
    lines = [f"denied_fields.csv line {number}: field is blank" for number in range(2, 30)]
    told = failure_line("build", [result("denied", of_a_seed(*lines))], "", LOG)
    assert told.endswith("line 21: field is blank; and 8 more, in dbt.log")


def test_another_failure_names_its_node() -> None:
    """With dbt's own words in one line, and the log."""
    told = failure_line("build", [result("balance", "Compilation Error\n  no table")], "", LOG)
    assert told == "dbt build failed: balance: Compilation Error no table; log: dbt.log"
