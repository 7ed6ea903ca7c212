"""What is changed in SQL, one place at a time: each function gives the edits of one kind at a node."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

DIALECT = "duckdb"
OPPOSITES: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.NullSafeEQ: exp.NullSafeNEQ,
    exp.NullSafeNEQ: exp.NullSafeEQ,
    exp.Min: exp.Max,
    exp.Max: exp.Min,
    exp.ArgMin: exp.ArgMax,
    exp.ArgMax: exp.ArgMin,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
    exp.LogicalOr: exp.LogicalAnd,
    exp.LogicalAnd: exp.LogicalOr,
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One change at a node.

    Args:
        kind: What sort of change it is.
        new: What takes the node's place.
        before: The part that changes, as SQL.
        after: What it becomes.
    """

    kind: str
    new: exp.Expr
    before: str
    after: str


Edits = Iterator[Edit]


def sql(node: exp.Expr) -> str:
    """Return a node as the SQL of DuckDB."""
    return str(node.sql(dialect=DIALECT))


def replaced(kind: str, node: exp.Expr, new: exp.Expr) -> Edit:
    """A node that is another one."""
    return Edit(kind, new, sql(node), sql(new))


def changed(kind: str, node: exp.Expr, **parts: object) -> Edit:
    """A node of which some parts are others."""
    new = node.copy()
    for name, part in parts.items():
        new.set(name, part)
    return replaced(kind, node, new)


def opposites(node: exp.Expr) -> Edits:
    """An operator or a function is its opposite: `=` is `<>`, `<` is `<=`, `min` is `max`."""
    opposite = OPPOSITES.get(type(node))
    if opposite is not None:
        yield replaced("opposite", node, opposite(**node.copy().args))


def connectors(node: exp.Expr) -> Edits:
    """`and` is `or`, and `or` is `and`; or one of the two conditions is not there."""
    if isinstance(node, exp.And | exp.Or):
        left, right = (exp.paren(part.copy()) for part in (node.left, node.right))
        other = exp.Or if isinstance(node, exp.And) else exp.And
        yield replaced("connector", node, exp.paren(other(this=left, expression=right)))
        for kept, dropped in ((left, node.right), (right, node.left)):
            yield Edit("condition dropped", kept.copy(), sql(dropped), "")


def negations(node: exp.Expr) -> Edits:
    """`not` is not there, or is there: also of `is null` and `in`."""
    if isinstance(node, exp.Not):
        yield replaced("negation", node, exp.paren(node.this.copy()))
    elif isinstance(node, exp.Is | exp.In) and not isinstance(node.parent, exp.Not):
        yield replaced("negation", node, exp.paren(exp.not_(node.copy())))


def filters(node: exp.Expr) -> Edits:
    """A single condition of `where`, `filter` or `qualify` is not there."""
    if isinstance(node, exp.Where | exp.Qualify) and not isinstance(node.this, exp.And):
        anything = exp.or_(node.this.copy(), exp.true())  # a window has to stay in `qualify`
        new = changed("", node, this=anything).new
        yield Edit("condition dropped", new, sql(node), "")


def arguments(node: exp.Expr) -> Edits:
    """Two neighbours of a `coalesce` change places."""
    if isinstance(node, exp.Coalesce):
        listed = [node.this, *node.expressions]
        for place in range(len(listed) - 1):
            order = [*listed[:place], listed[place + 1], listed[place], *listed[place + 2 :]]
            first, *rest = (each.copy() for each in order)
            yield changed("order of arguments", node, this=first, expressions=rest)


def constants(node: exp.Expr) -> Edits:
    """A number is one more or less, a text another one, true false."""
    if isinstance(node, exp.Boolean):
        yield replaced("constant", node, exp.Boolean(this=not node.this))
    elif isinstance(node, exp.Literal) and node.is_string:
        yield replaced("constant", node, exp.Literal.string(f"{node.this}~"))
    elif isinstance(node, exp.Literal) and node.find_ancestor(exp.DataType) is None:
        for distance in (1, -1):
            number = exp.Literal.number(int(node.this) + distance)
            yield replaced("constant", node, number)


def branches(node: exp.Expr) -> Edits:
    """A branch of `case` or `if` is not there."""
    if isinstance(node, exp.Case):
        yield from _branches_of_case(node)
    elif isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        for name in ("true", "false"):
            yield replaced("branch dropped", node, exp.paren(node.args[name].copy()))


def _branches_of_case(node: exp.Case) -> Edits:
    ifs, default = node.args["ifs"], node.args.get("default")
    for place, dropped in enumerate(ifs):
        rest = [each.copy() for each in (*ifs[:place], *ifs[place + 1 :])]
        new = changed("", node, ifs=rest).new if rest else exp.paren(default or exp.null())
        shown = f"when {sql(dropped.this)} then {sql(dropped.args['true'])}"
        yield Edit("branch dropped", new, shown, "")
    if default is not None:
        new = changed("", node, default=None).new
        yield Edit("branch dropped", new, f"else {sql(default)}", "")


def joins(node: exp.Expr) -> Edits:
    """A `left join` keeps only what has a partner, a `full join` all of one side."""
    if isinstance(node, exp.Join) and node.side:
        yield changed("join", node, side="LEFT" if node.side == "FULL" else None)


def orders(node: exp.Expr) -> Edits:
    """The order is the other way round."""
    if isinstance(node, exp.Ordered):
        yield changed("order", node, desc=not node.args.get("desc"), nulls_first=None)


def repetitions(node: exp.Expr) -> Edits:
    """`distinct` is not there, `union all` is `union`, and `union` is `union all`."""
    if isinstance(node, exp.Select) and node.args.get("distinct"):
        new = changed("", node, distinct=None).new
        yield Edit("distinct", new, "select distinct", "select")
    elif isinstance(node, exp.Distinct) and not isinstance(node.parent, exp.Select):
        yield replaced("distinct", node, node.expressions[0].copy())
    elif isinstance(node, exp.Union):
        is_distinct = bool(node.args.get("distinct"))
        words = ("union", "union all") if is_distinct else ("union all", "union")
        yield Edit("distinct", changed("", node, distinct=not is_distinct).new, *words)


KINDS: tuple[Callable[[exp.Expr], Edits], ...] = (
    opposites,
    connectors,
    negations,
    filters,
    arguments,
    constants,
    branches,
    joins,
    orders,
    repetitions,
)


def edits(node: exp.Expr) -> Edits:
    """Give every edit at one node but the swapped columns, which need the columns' types."""
    for kind in KINDS:
        yield from kind(node)
