"""What dbt has written below its target folder: models, and the SQL of their tests."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlglot import tokenize

from tests.mutants.edits import DIALECT

RULE_LAYERS = ("intermediate", "marts", "reconciliation")
FIXTURE = "__dbt__cte__"
ACTUAL, EXPECTED = "_dbt_internal_unit_test_actual", "_dbt_internal_unit_test_expected"


@dataclass(frozen=True, slots=True)
class UnitTest:
    """One unit test of dbt.

    Args:
        name: Its name.
        given: The SQL of each input's rows, by the input's name.
        columns: The columns that are compared, quoted.
        expected: The SQL of the expected rows; empty where none is.
    """

    name: str
    given: dict[str, str]
    columns: str
    expected: str


@dataclass(frozen=True, slots=True)
class DataTest:
    """One data test of dbt: `query` finds what must not be there."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Model:
    """One model: `relation` is its quoted name, `code` its compiled SQL."""

    name: str
    relation: str
    is_table: bool
    code: str


class Project:
    """dbt's artifacts of one build of all models and tests.

    Args:
        target: dbt's target folder.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._manifest: dict[str, Any] = json.loads((target / "manifest.json").read_bytes())

    @property
    def rules(self) -> list[str]:
        """The names of the models that hold rules."""
        found = (node for node in self._models.values() if node["fqn"][1] in RULE_LAYERS)
        return sorted(str(node["name"]) for node in found)

    @property
    def models(self) -> list[Model]:
        """All models, each behind what it depends on."""
        return [self._model(self._models[unique_id]) for unique_id in self._ordered]

    def model(self, name: str) -> Model:
        """Return a model."""
        return self._model(self._models[self._id(name)])

    def unit_tests(self, model: str) -> list[UnitTest]:
        """Return the unit tests of a model."""
        found = self._manifest["unit_tests"].values()
        return [self._unit_test(each) for each in found if each["model"] == model]

    def descendants(self, model: str) -> list[Model]:
        """Return what depends on a model, each behind what it depends on itself."""
        found, ids = list[Model](), {self._id(model)}
        for unique_id in self._ordered:
            node = self._models[unique_id]
            if ids.intersection(node["depends_on"]["nodes"]):
                ids.add(unique_id)
                found.append(self._model(node))
        return found

    def data_tests(self, models: Sequence[str]) -> list[DataTest]:
        """Return the data tests that ask one of the models."""
        ids = {self._id(name) for name in models}
        nodes = self._manifest["nodes"].values()
        tests = (node for node in nodes if node["resource_type"] == "test")
        return [
            self._data_test(node) for node in tests if ids.intersection(node["depends_on"]["nodes"])
        ]

    @cached_property
    def _models(self) -> dict[str, Any]:
        nodes = self._manifest["nodes"].items()
        return {key: node for key, node in nodes if node["resource_type"] == "model"}

    @cached_property
    def _ordered(self) -> list[str]:
        """The models, each behind what it depends on."""
        ordered: dict[str, None] = {}

        def add(unique_id: str) -> None:
            for other in self._models[unique_id]["depends_on"]["nodes"]:
                if other in self._models:
                    add(other)
            ordered.setdefault(unique_id)

        for unique_id in self._models:
            add(unique_id)
        return list(ordered)

    def _id(self, model: str) -> str:
        return next(key for key, node in self._models.items() if node["name"] == model)

    def _model(self, node: dict[str, Any]) -> Model:
        is_table = node["config"]["materialized"] == "table"
        code = self._text("compiled", node["original_file_path"])
        return Model(node["name"], node["relation_name"], is_table, code)

    def _data_test(self, node: dict[str, Any]) -> DataTest:
        path = Path(node["original_file_path"])
        path = path / node["path"] if path.suffix == ".yml" else path
        code = self._text("compiled", path)
        calculation = node["config"]["fail_calc"]
        query = f"select {calculation} from ({code}) as found"  # noqa: S608 - dbt's own SQL
        return DataTest(node["name"], query)

    def _unit_test(self, node: dict[str, Any]) -> UnitTest:
        path = next((self._target / "run").rglob(f"{node['name']}.sql"))
        code = path.read_text()
        actual, expected = _bracketed(code, ACTUAL), _bracketed(code, EXPECTED)
        columns = code[code.index("select") + len("select") : code.index(", 'actual' as")]
        rows = "" if "from dbt_internal_unit_test_actual" in expected else expected
        return UnitTest(node["name"], dict(_fixtures(actual)), columns.strip(), rows)

    def _text(self, kind: str, path: str | Path) -> str:
        project = str(self._manifest["metadata"]["project_name"])
        return (self._target / kind / project / path).read_text()


def _bracketed(code: str, alias: str) -> str:
    """Return what stands in the brackets before an alias."""
    return code[: code.index(f") {alias}")].rpartition("  from (\n")[2]


def _fixtures(code: str) -> Iterator[tuple[str, str]]:
    """Give the name and the SQL of each input that stands before the model's own steps."""
    opened: list[int] = []
    name, before = "", ["", ""]
    for token in tokenize(code, read=DIALECT):
        if token.text == "(":
            if not opened and before[0].startswith(FIXTURE):
                name = before[0].removeprefix(FIXTURE)
            opened.append(token.end + 1)
        elif token.text == ")":
            start = opened.pop()
            if not opened and name:
                yield name, code[start : token.start]
                name = ""
        before = [before[1], token.text]
