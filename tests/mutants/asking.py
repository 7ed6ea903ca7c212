"""Asks the tests whether they notice a mutant: dbt's unit tests first, then what asks an account."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tests.mutants.columns import Types
from tests.mutants.project import DataTest, Model, Project, UnitTest
from tests.mutants.writing import Mutant

# Nobody could have written such a mutant: DuckDB refuses it before it runs.
INVALID = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
ONE_THREAD: dict[str, str | bool | int | float | list[str]] = {"threads": 1}
LONGEST_S = 20.0
TOO_LONG, THE_BUILD = "takes too long", "dbt build"
RELATION = re.compile(r'"\w+"\."\w+"\."(\w+)"')
DIFFERENCE = """
with compared as (
    select {columns}, 1 as side from ({code}) as actual
    union all
    select {columns}, -1 as side from {expected}
)
select 1 from compared group by {columns} having sum(side) <> 0 limit 1
"""
ANY_ROW = "select 1 from ({code}) as actual limit 1"
EXPECTED = "(expected)"
# What the reconciliation has to say of the account: the sum closes up to the load, and each
# document that was injected is found as what it is, and no other one.
RECONCILIATION = {
    "balance": "select count(*) from reconciliation.balance where hop_number < 5 and not is_closed",
    "fidelity_differences": """
select count(*) from (
    select external_id, difference, 1 as side from reconciliation.fidelity_differences
    union all
    select external_id, difference, -1 as side from readback.injected
) group by external_id, difference having sum(side) <> 0 limit 1""",
}


class UnitTests:
    """The unit tests of one model over their inputs, which are in memory.

    Args:
        tests: The unit tests.
    """

    def __init__(self, tests: list[UnitTest]) -> None:
        self._tests = tests
        self._connection = duckdb.connect(config=ONE_THREAD)
        for number, test in enumerate(tests):
            self._connection.execute(f"create schema given_{number}")
            for name, query in (*test.given.items(), (EXPECTED, test.expected)):
                if query:
                    table = f'given_{number}."{name}"'
                    self._connection.execute(f"create table {table} as {query}")

    def noticed(self, code: str) -> str | None:
        """Return the first unit test that fails of a model's SQL, or none.

        Raises:
            duckdb.Error: One of `INVALID`.
        """
        failed = (test.name for place, test in enumerate(self._tests) if self._fails(place, code))
        return next(failed, None)

    def _fails(self, number: int, code: str) -> bool:
        test = self._tests[number]
        code = RELATION.sub(rf'given_{number}."\1"', code)
        expected = f'given_{number}."{EXPECTED}"'
        query = DIFFERENCE if test.expected else ANY_ROW
        query = query.format(columns=test.columns, code=code, expected=expected)
        try:
            return bool(self._connection.execute(query).fetchall())
        except INVALID:
            raise
        except duckdb.Error:
            return True


class Account:
    """An account that was migrated, every model of it as a table, since many tests ask each.

    Args:
        path: The DuckDB file as dbt and the loader left it, of this process alone.
        project: dbt's artifacts.
    """

    def __init__(self, path: Path, project: Project) -> None:
        self._connection = duckdb.connect(path, config=ONE_THREAD)
        self._project = project
        for model in project.models:
            if not model.is_table:
                self._connection.execute(f"drop view {model.relation}")
                self._create(model, model.code)

    def describe(self, query: str) -> Types:
        """Return the columns and types of a query."""
        rows = self._connection.execute(f"describe {query}").fetchall()
        return {row[0]: row[1] for row in rows}

    def noticed(self, mutant: Mutant) -> str | None:
        """Return the first test that a mutant and what depends on it fail, or none.

        Raises:
            duckdb.Error: One of `INVALID`.
        """
        model = self._project.model(mutant.model)
        below = self._project.descendants(mutant.model)
        with self._undone(), self._interrupted():
            try:
                self._create(model, mutant.code)
                for each in below:
                    self._create(each, each.code)
                return next(self._failed([model, *below]), None)
            except duckdb.InterruptException:
                return TOO_LONG
            except INVALID:
                raise
            except duckdb.Error:
                return THE_BUILD

    def _create(self, model: Model, code: str) -> None:
        self._connection.execute(f"create or replace table {model.relation} as {code}")

    def _failed(self, models: list[Model]) -> Iterator[str]:
        names = [model.name for model in models]
        asked = [DataTest(name, RECONCILIATION[name]) for name in names if name in RECONCILIATION]
        for test in (*self._project.data_tests(names), *asked):
            try:
                if any(row[0] for row in self._connection.execute(test.query).fetchall()):
                    yield test.name
            except duckdb.InterruptException:
                raise
            except duckdb.Error:
                yield test.name

    @contextmanager
    def _undone(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
        finally:
            self._connection.rollback()

    @contextmanager
    def _interrupted(self) -> Iterator[None]:
        timer = threading.Timer(LONGEST_S, self._connection.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
