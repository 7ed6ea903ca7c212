"""The conventions of the dbt project hold, and each rule finds what breaks it."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from tests.dbt import rules
from tests.dbt.conftest import ROOT, Built
from tests.dbt.rules import PROJECT as PREFIX
from tests.dbt.rules import RULES, Manifest, nodes

Rule = Callable[[Manifest], Iterator[str]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps(rule: Rule, manifest: Manifest) -> None:
    """The rule names no offender in the project as it is."""
    offenders = sorted(rule(manifest))
    assert not offenders, ", ".join(offenders)


def _model(manifest: Manifest, name: str) -> dict[str, Any]:
    node: dict[str, Any] = manifest["nodes"][f"model.{PREFIX}.{name}"]
    return node


def _without_key(manifest: Manifest) -> None:
    for test in nodes(manifest, "test"):
        if str(test.get("attached_node")).endswith(".balance"):
            test["test_metadata"] = {"name": "not_null"}


def _without_not_null(manifest: Manifest) -> None:
    for test in nodes(manifest, "test"):
        if str(test.get("attached_node")).endswith(".balance"):
            test["test_metadata"]["kwargs"].pop("filled", None)


def _read_ahead(manifest: Manifest) -> None:
    read = _model(manifest, "balance")["unique_id"]
    _model(manifest, "activity_logs")["depends_on"]["nodes"].append(read)


BROKEN: dict[str, tuple[Rule, Callable[[Manifest], object], str]] = {
    "no_grain": (
        rules.described_by_grain,
        lambda m: _model(m, "balance").update(description="The hops."),
        "balance",
    ),
    "no_columns": (
        rules.described_columns,
        lambda m: _model(m, "balance").update(columns={}),
        "balance",
    ),
    "blank_column": (
        rules.described_columns,
        lambda m: _model(m, "balance")["columns"]["hop"].update(description=" "),
        "balance.hop",
    ),
    "copied_description": (
        rules.shared_descriptions_are_blocks,
        lambda m: _model(m, "balance")["columns"]["hop"].update(
            description=_model(m, "activity_logs")["columns"]["audit_id"]["description"]
        ),
        "balance.hop",
    ),
    "unnamed_layer": (
        rules.named_by_layer,
        lambda m: _model(m, "int_audits_parsed").update(name="audits_parsed"),
        "audits_parsed",
    ),
    "wrong_source": (
        rules.named_by_layer,
        lambda m: _model(m, "stg_crm__users").update(name="stg_cdp__users"),
        "stg_cdp__users",
    ),
    "later_layer": (
        rules.layered,
        _read_ahead,
        f"activity_logs reads model.{PREFIX}.balance",
    ),
    "no_contract": (
        rules.under_contract,
        lambda m: _model(m, "balance")["config"]["contract"].update(enforced=False),
        "balance",
    ),
    "no_type": (
        rules.under_contract,
        lambda m: _model(m, "balance")["columns"]["hop"].update(data_type=None),
        "balance.hop",
    ),
    "no_key": (rules.keyed, _without_key, "balance"),
    "nullable_key": (rules.keyed_with_nulls, _without_not_null, "balance.hop"),
    "protected_mart": (
        rules.open_to_readers,
        lambda m: _model(m, "activity_logs").update(access="protected"),
        "activity_logs",
    ),
    "public_helper": (
        rules.open_to_readers,
        lambda m: _model(m, "int_logs_judged").update(access="public"),
        "int_logs_judged",
    ),
    "no_owner": (
        rules.open_to_readers,
        lambda m: _model(m, "balance").update(group=None),
        "balance",
    ),
    "undescribed_macro": (
        rules.described_macros,
        lambda m: m["macros"][f"macro.{PREFIX}.is_json"].update(description=""),
        "is_json",
    ),
    "undescribed_argument": (
        rules.described_macros,
        lambda m: m["macros"][f"macro.{PREFIX}.is_json"]["arguments"][0].update(description=""),
        "is_json",
    ),
    "unloaded_source": (
        rules.sourced,
        lambda m: m["sources"][f"source.{PREFIX}.raw_crm.audits"].update(loader=""),
        "audits",
    ),
    "long": (
        rules.short,
        lambda m: _model(m, "balance").update(raw_code="select 1\n" * 81),
        "balance",
    ),
    "other_last_cte": (
        rules.ending_in_the_named_cte,
        lambda m: _model(m, "balance").update(
            raw_code="with\n\nhops as (\n)\n\nselect * from hops"
        ),
        "balance",
    ),
    "jinja_block": (
        rules.plain_sql,
        lambda m: _model(m, "balance").update(raw_code="{% if true %}select 1{% endif %}"),
        "balance",
    ),
    "clock": (
        rules.plain_sql,
        lambda m: _model(m, "balance").update(raw_code="select now() as counted_at"),
        "balance",
    ),
    "yml_elsewhere": (
        rules.beside_their_yml,
        lambda m: _model(m, "balance").update(patch_path=f"{PREFIX}://models/schema.yml"),
        "balance",
    ),
    "untyped_seed": (
        rules.typed_seeds,
        lambda m: m["nodes"][f"seed.{PREFIX}.accounts"]["config"]["column_types"].pop("account"),
        "accounts.account",
    ),
    "exposure_of_staging": (
        rules.exposed,
        lambda m: m["exposures"][f"exposure.{PREFIX}.support_timeline"]["depends_on"].update(
            nodes=[_model(m, "stg_crm__users")["unique_id"]]
        ),
        "support_timeline",
    ),
}


@pytest.mark.parametrize(("rule", "breaking", "offender"), BROKEN.values(), ids=BROKEN)
def test_a_rule_names_what_breaks_it(
    rule: Rule, breaking: Callable[[Manifest], object], offender: str, manifest: Manifest
) -> None:
    """Of a project with one more thing wrong, the rule names that thing and nothing else."""
    parts = ("nodes", "sources", "exposures", "macros")
    broken = copy.deepcopy({part: manifest[part] for part in parts})
    breaking(broken)
    assert set(rule(broken)) - set(rule(manifest)) == {offender}


def _listed(node: dict[str, Any]) -> set[str]:
    return {f"{node['name']}.{name}" for name in node["columns"]}


def _documented(built: Built) -> list[dict[str, Any]]:
    return nodes(built.manifest, "model", "seed", "source")


def test_the_docs_list_the_columns_that_exist(built: Built) -> None:
    """Each model's, seed's and source's columns are those of its relation, no more and no less."""
    tables = built.catalog["nodes"] | built.catalog["sources"]
    listed = set().union(*(_listed(node) for node in _documented(built)))
    existing = set().union(
        *(
            {f"{node['name']}.{name}" for name in tables[node["unique_id"]]["columns"]}
            for node in _documented(built)
        )
    )
    assert {"undescribed": existing - listed, "gone": listed - existing} == {
        "undescribed": set(),
        "gone": set(),
    }


def _plain(data_type: str) -> str:
    return re.sub(r'["\s]', "", data_type.lower())


def test_contracts_have_the_types_that_exist(built: Built) -> None:
    """A type under contract is the relation's own, within structures and lists too."""
    differing = {}
    for model in nodes(built.manifest, "model"):
        existing = built.catalog["nodes"][model["unique_id"]]["columns"]
        for name, column in model["columns"].items():
            declared, found = column["data_type"], existing[name]["type"]
            if declared and _plain(declared) != _plain(found):
                differing[f"{model['name']}.{name}"] = (declared, found)
    assert differing == {}


def test_every_landed_table_is_a_source(built: Built) -> None:
    """What the extract lands and the loader reads back is described, but for dlt's own tables."""
    with duckdb.connect(built.staging, read_only=True) as connection:
        landed = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where (table_schema like 'raw!_%' escape '!' or table_schema = 'readback') "
            "and table_name not like '!_dlt%' escape '!'"
        ).fetchall()
    described = {
        f"{node['schema']}.{node['identifier']}" for node in nodes(built.manifest, "source")
    }
    assert {name for (name,) in landed} == described


def test_what_fills_a_readback_table_names_it(manifest: Manifest) -> None:
    """The package or file that a table's description names has the table's name in its code."""
    for source in nodes(manifest, "source"):
        if source["source_name"] == "readback":
            place = ROOT / source["meta"]["filled_by"]
            files = [place] if place.is_file() else place.rglob("*.py")
            assert any(f"readback.{source['name']}" in file.read_text() for file in files)


def test_the_report_reads_every_reconciliation_model(manifest: Manifest) -> None:
    """A model of the reconciliation is shown to analysts."""
    report = manifest["exposures"][f"exposure.{PREFIX}.reconciliation_report"]
    shown = {read.rpartition(".")[2] for read in report["depends_on"]["nodes"]}
    models = {
        model["name"]
        for model in nodes(manifest, "model")
        if rules.layer(model) == "reconciliation"
    }
    assert models <= shown


def test_the_exposures_are_the_three_that_read_the_marts(manifest: Manifest) -> None:
    """The collection, the report and the application are what depends on the project."""
    names = {exposure["name"] for exposure in manifest["exposures"].values()}
    assert names == {"cdp_activity_logs", "reconciliation_report", "support_timeline"}
