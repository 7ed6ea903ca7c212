"""The project's conventions, each a rule that names its offenders.

A rule takes what dbt knows of the project (its manifest) and returns the names of what breaks
it. `raw_code` is a model's text, so the rules need no file.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

Manifest = dict[str, Any]
Node = dict[str, Any]

PROJECT = "crm_activity_migration"
MOST_LINES = 80
LAYERS_UNDER_CONTRACT = ("marts", "reconciliation")
HELPING = "intermediate/reconciliation"
LAST_CTE = re.compile(r"^(\w+)(?: \([\w, ]+\))? as \(", re.MULTILINE)
TAGS = re.compile(r"\{%")
UNSTABLE = re.compile(r"\b(now|random|uuid|today|current_timestamp|current_date)\s*\(")
NAMES = {
    "staging": re.compile(r"stg_(?P<source>[a-z]+)__[a-z_]+s"),
    "intermediate": re.compile(r"int_[a-z_]+s_([a-z]+ed|kept|current)"),
    "marts": re.compile(r"(?!stg_|int_)[a-z_]+s"),
    "reconciliation": re.compile(r"(?!stg_|int_)[a-z_]+"),
}


def nodes(manifest: Manifest, *kinds: str) -> list[Node]:
    """Return the project's nodes of some kinds, `source` included."""
    every = [*manifest["nodes"].values(), *manifest["sources"].values()]
    return [node for node in every if node["resource_type"] in kinds]


def layer(node: Node) -> str:
    """Return the folder below `models` that a node lies in."""
    return str(node["fqn"][1])


def stage(node: Node) -> str:
    """Return the layer, but for what only helps the reconciliation, which comes after the marts."""
    path = "/".join(node["fqn"][1:-1])
    return HELPING if path == HELPING else layer(node)


def described_by_grain(manifest: Manifest) -> Iterator[str]:
    """A description says first what one row is."""
    for node in nodes(manifest, "model", "seed", "source"):
        if not node["description"].startswith("One row per "):
            yield node["name"]


def described_columns(manifest: Manifest) -> Iterator[str]:
    """Every listed column has a description, and every model, seed and source lists some."""
    for node in nodes(manifest, "model", "seed", "source"):
        if not node["columns"]:
            yield node["name"]
        for column in node["columns"].values():
            if not column["description"].strip():
                yield f"{node['name']}.{column['name']}"


def shared_descriptions_are_blocks(manifest: Manifest) -> Iterator[str]:
    """What several models say of a column is said once, in a doc block."""
    said: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for node in nodes(manifest, "model", "seed", "source"):
        for column in node["columns"].values():
            place = f"{node['name']}.{column['name']}"
            said[column["description"]].append((place, bool(column.get("doc_blocks"))))
    for places in said.values():
        if len(places) > 1:
            yield from (place for place, is_block in places if not is_block)


def named_by_layer(manifest: Manifest) -> Iterator[str]:
    """A model's name tells its layer, and a staging model's also its source."""
    for model in nodes(manifest, "model"):
        found = NAMES[layer(model)].fullmatch(model["name"])
        source = found.groupdict().get("source") if found else None
        if not found or (source and source != model["fqn"][2]):
            yield model["name"]


def layered(manifest: Manifest) -> Iterator[str]:
    """Only staging reads sources; no layer reads a later one."""
    may_read = {
        "staging": {"source"},
        "intermediate": {"staging", "intermediate", "seed"},
        "marts": {"staging", "intermediate", "marts", "seed"},
        HELPING: {"staging", "intermediate", "marts", HELPING, "seed"},
        "reconciliation": {"staging", "intermediate", "marts", HELPING, "reconciliation", "seed"},
    }
    for model in nodes(manifest, "model"):
        for read in model["depends_on"]["nodes"]:
            kind = read.split(".")[0]
            found = stage(manifest["nodes"][read]) if kind == "model" else kind
            if found not in may_read[stage(model)]:
                yield f"{model['name']} reads {read}"


def under_contract(manifest: Manifest) -> Iterator[str]:
    """What leaves the project has an enforced contract with every column's type."""
    for model in nodes(manifest, "model"):
        if layer(model) in LAYERS_UNDER_CONTRACT:
            if not model["config"]["contract"]["enforced"]:
                yield model["name"]
            for column in model["columns"].values():
                if not column["data_type"]:
                    yield f"{model['name']}.{column['name']}"


def keyed(manifest: Manifest) -> Iterator[str]:
    """Every model has a test of the key that its grain promises, or says why it has none."""
    tested = {model for model, _ in _tested(manifest, "unique") | _tested(manifest, "grain")}
    for model in nodes(manifest, "model"):
        if model["unique_id"] not in tested and not model["config"]["meta"].get("no_key"):
            yield model["name"]


def keyed_with_nulls(manifest: Manifest) -> Iterator[str]:
    """A column under `unique`, which passes many nulls, has none; else it is a grain."""
    filled = _tested(manifest, "grain", "filled") | _tested(manifest, "never_null")
    for node, column in _tested(manifest, "unique") - filled:
        model = manifest["nodes"][node]
        if "not_null" not in [each["type"] for each in model["columns"][column]["constraints"]]:
            yield f"{model['name']}.{column}"


def _tested(manifest: Manifest, name: str, argument: str = "columns") -> set[tuple[str, str]]:
    """Return the node and column of every data test of a name; of all columns that it takes."""
    return {
        (str(test["attached_node"]), column)
        for test in nodes(manifest, "test")
        if (test.get("test_metadata") or {}).get("name") == name
        for column in test["test_metadata"]["kwargs"].get(argument, [test["column_name"]])
    }


def open_to_readers(manifest: Manifest) -> Iterator[str]:
    """What readers may ask is public, its helpers are private, and every model has an owner."""
    access = {"marts": "public", HELPING: "private", "reconciliation": "public"}
    for model in nodes(manifest, "model"):
        if not model["group"] or model["access"] != access.get(stage(model), "protected"):
            yield model["name"]


def described_macros(manifest: Manifest) -> Iterator[str]:
    """Every macro says what it is for, and so does each of its arguments."""
    for macro in manifest["macros"].values():
        if macro["package_name"] == PROJECT:
            arguments = macro["arguments"]
            if not all(each["description"] for each in (macro, *arguments)):
                yield macro["name"]


def sourced(manifest: Manifest) -> Iterator[str]:
    """A source says who loads it: dlt the raw rows, and a named file what is read back."""
    for source in nodes(manifest, "source"):
        is_raw = source["source_name"].startswith("raw_")
        if (source["loader"] == "dlt") != is_raw or is_raw == ("filled_by" in source["meta"]):
            yield source["name"]


def short(manifest: Manifest) -> Iterator[str]:
    """A model is read in one look."""
    for model in nodes(manifest, "model"):
        if len(model["raw_code"].strip().splitlines()) > MOST_LINES:
            yield model["name"]


def ending_in_the_named_cte(manifest: Manifest) -> Iterator[str]:
    """The last CTE has the model's name, or `renamed` in staging, and is what is selected."""
    for model in nodes(manifest, "model"):
        expected = "renamed" if layer(model) == "staging" else model["name"].removeprefix("int_")
        code = model["raw_code"].strip()
        last = (LAST_CTE.findall(code) or [""])[-1]
        if last != expected or not code.endswith(f"\nselect * from {last}"):
            yield model["name"]


def plain_sql(manifest: Manifest) -> Iterator[str]:
    """A model has no Jinja blocks, and no function that answers otherwise each time."""
    for model in nodes(manifest, "model"):
        if TAGS.search(model["raw_code"]) or UNSTABLE.search(model["raw_code"]):
            yield model["name"]


def beside_their_yml(manifest: Manifest) -> Iterator[str]:
    """A model's description lies in a file of the model's name, beside it."""
    for model in nodes(manifest, "model"):
        expected = model["original_file_path"].removesuffix(".sql") + ".yml"
        if (model["patch_path"] or "").partition("://")[2] != expected:
            yield model["name"]


def typed_seeds(manifest: Manifest) -> Iterator[str]:
    """Every column of a seed has its type and its description."""
    for seed in nodes(manifest, "seed"):
        typed = set(seed["config"]["column_types"])
        yield from (f"{seed['name']}.{name}" for name in typed ^ set(seed["columns"]))


def exposed(manifest: Manifest) -> Iterator[str]:
    """An exposure has an owner, a description, and depends on models under contract."""
    for exposure in manifest["exposures"].values():
        reads = [manifest["nodes"].get(read) for read in exposure["depends_on"]["nodes"]]
        is_good = reads and all(node and layer(node) in LAYERS_UNDER_CONTRACT for node in reads)
        if not (is_good and exposure["description"] and exposure["owner"]["name"]):
            yield exposure["name"]


RULES = (
    described_by_grain,
    described_columns,
    shared_descriptions_are_blocks,
    named_by_layer,
    layered,
    under_contract,
    keyed,
    keyed_with_nulls,
    open_to_readers,
    described_macros,
    sourced,
    short,
    ending_in_the_named_cte,
    plain_sql,
    beside_their_yml,
    typed_seeds,
    exposed,
)
