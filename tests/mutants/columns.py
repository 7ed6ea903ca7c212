"""Columns that are mistaken for others: of the same source, and of the same type."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from sqlglot import exp

from tests.mutants.edits import Edits, replaced

Types = Mapping[str, str]
Describe = Callable[[str], Types]


class Columns:
    """The columns of every relation and CTE that a model reads.

    Args:
        tree: The model.
        describe: Gives a query's columns and their types.
    """

    def __init__(self, tree: exp.Expr, describe: Describe) -> None:
        self._tree = tree
        self._describe = describe
        self._types: dict[str, Types] = {}

    def swaps(self, node: exp.Expr) -> Edits:
        """Give the edit of a column that has a neighbour of its type among those that are read."""
        if isinstance(node, exp.Column):
            source = self._source(node)
            neighbour = source and self._neighbour(source, node.name)
            if neighbour:
                new = exp.column(neighbour, table=node.table or None, quoted=True)
                is_named = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
                yield replaced("column", node, exp.alias_(new, node.name) if is_named else new)

    def _source(self, column: exp.Column) -> str | None:
        """Return the name of the one table that the column is of, by the alias that it has."""
        select = column.find_ancestor(exp.Select)
        named = {
            table.alias_or_name: self._key(table)
            for table in (select.find_all(exp.Table) if select else ())
            if table.find_ancestor(exp.Select) is select
        }
        if column.table:
            key = named.get(column.table)
            return key if key and column.name in self._columns(key) else None
        found = [key for key in named.values() if column.name in self._columns(key)]
        return found[0] if len(found) == 1 else None

    def _neighbour(self, source: str, name: str) -> str | None:
        """Return the next column of the type, of those that the model reads, else of all."""
        types = self._columns(source)
        same = [each for each in types if types[each] == types[name]]
        read = [each for each in same if each in self._read]
        ring = read if len(read) > 1 else same
        return ring[(ring.index(name) + 1) % len(ring)] if len(ring) > 1 else None

    @cached_property
    def _read(self) -> set[str]:
        return {column.name for column in self._tree.find_all(exp.Column)}

    def _key(self, table: exp.Table) -> str:
        return str(exp.table_name(table, dialect="duckdb", identify=True))

    def _columns(self, key: str) -> Types:
        if key not in self._types:
            self._types[key] = self._describe(self._query(key))
        return self._types[key]

    def _query(self, key: str) -> str:
        query: Any = self._tree.copy()
        query.find(exp.From).this.replace(exp.to_table(key, dialect="duckdb"))
        return str(query.sql(dialect="duckdb"))
