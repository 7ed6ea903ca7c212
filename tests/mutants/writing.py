"""The mutants of a model: its compiled SQL with one edit each, no two of them the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

import sqlglot
from sqlglot import exp

from tests.mutants.columns import Columns, Describe
from tests.mutants.edits import DIALECT, edits, sql


@dataclass(frozen=True, slots=True)
class Mutant:
    """A model's SQL with one edit.

    Args:
        model: The model.
        cte: Which of its steps the edit is in.
        line: Where in the compiled SQL.
        kind: What sort of edit it is.
        before: What stood there.
        after: What stands there now; empty where something is gone.
        code: The whole SQL.
    """

    model: str
    cte: str
    line: int
    kind: str
    before: str
    after: str
    code: str


def parsed(code: str) -> exp.Expr:
    """Parse a model's SQL; `a -> '$.b'` as an argument is a look into JSON, no lambda."""
    tree = sqlglot.parse_one(code, dialect=DIALECT)
    for found in list(tree.find_all(exp.Lambda)):
        if isinstance(found.this, exp.Literal):
            looked_into = exp.column(found.expressions[0].name)
            found.replace(exp.func("json_extract", looked_into, found.this.copy(), dialect=DIALECT))
    return tree


def mutants_of(model: str, code: str, describe: Describe) -> Iterator[Mutant]:
    """Write every mutant of a model.

    Args:
        model: Its name.
        code: Its compiled SQL.
        describe: Gives the columns and types of a query.
    """
    tree = parsed(code)
    columns = Columns(tree, describe)
    met = {sql(tree)}
    for place, node in enumerate(tree.walk()):
        for edit in chain(edits(node), columns.swaps(node)):
            written = _with(tree, place, edit.new)
            if written not in met:
                met.add(written)
                shown = (edit.kind, edit.before, edit.after, written)
                yield Mutant(model, _cte(node), _line(node), *shown)


def _with(tree: exp.Expr, place: int, new: exp.Expr) -> str:
    """Write the SQL with another node at a place of the walk."""
    copy = tree.copy()
    node = next(islice(copy.walk(), place, None))
    if node is copy:
        return sql(new)
    node.replace(new.copy())
    return sql(copy)


def _cte(node: exp.Expr) -> str:
    step = node.find_ancestor(exp.CTE)
    return str(step.alias) if step else ""


def _line(node: exp.Expr) -> int:
    """Return the first line that is known of the node's parts, or of what it is a part of."""
    here: exp.Expr | None = node
    while here is not None:
        lines = [part.meta["line"] for part in here.walk() if "line" in part.meta]
        if lines:
            return int(min(lines))
        here = here.parent
    return 0
