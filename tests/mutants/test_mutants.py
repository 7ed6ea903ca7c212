"""The mutants' own machinery, on a model of three lines."""

from collections import Counter

import duckdb
import pytest

from tests.mutants.asking import UnitTests
from tests.mutants.project import UnitTest
from tests.mutants.writing import Mutant, mutants_of

MODEL = """
with logs as (
    select id, coalesce(text, 'none') as text
    from "staging"."stg"."audits"
    where id > 1 and not is_old
)

select * from logs
"""
AUDITS = """
select 2 as id, null as text, false as is_old
union all select 3, 'c', true
union all select 4, 'd', false
"""
EXPECTED = "select 2 as id, 'none' as text union all select 4, 'd'"
SEEN = UnitTest("only_new_ones", {"audits": AUDITS}, "id, text", EXPECTED)


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    """The mutants of the model."""
    types = {"id": "INTEGER", "text": "VARCHAR", "is_old": "BOOLEAN"}
    return list(mutants_of("tiny", MODEL, lambda _query: types))


def test_every_place_is_changed_once(mutants: list[Mutant]) -> None:
    """No mutant is the model itself, and none is another one again."""
    assert Counter(each.kind for each in mutants) == {
        "connector": 1,
        "condition dropped": 2,
        "opposite": 1,
        "negation": 1,
        "order of arguments": 1,
        "constant": 3,
    }
    assert len({each.code for each in mutants}) == len(mutants)


def test_a_mutant_is_noticed_by_the_test_that_fails(mutants: list[Mutant]) -> None:
    """The model passes, and so do those of its mutants that change what nobody asks: the first id."""
    tests = UnitTests([SEEN])
    assert tests.noticed(MODEL) is None
    survivors = {(each.before, each.after) for each in mutants if not tests.noticed(each.code)}
    assert survivors == {("id > 1", "id >= 1"), ("id > 1", ""), ("1", "0")}


def test_a_mutant_that_is_no_sql_is_told_from_one_that_is_noticed() -> None:
    """DuckDB refuses it before it runs, so that nobody could have written it."""
    with pytest.raises(duckdb.BinderException):
        UnitTests([SEEN]).noticed(MODEL.replace("is_old", "is_new"))
