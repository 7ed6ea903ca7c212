"""What the dbt docs' first page tells is so: its links lead somewhere, its example happened."""

import json
import re
from typing import Any

import duckdb
import pytest

from tests.dbt import rules
from tests.dbt.conftest import PROJECT, Built
from tests.dbt.rules import layer, nodes

OVERVIEW = (PROJECT / "models" / "overview.md").read_text()
EXAMPLE = 3001955
LINK = re.compile(r"\[(\w+)\]\(#!/(?:model|seed)/([\w.]+)\)")

FACTS = """
select
    audits.*,
    parsed.document::varchar as document,
    people.crm_person_id,
    outcomes.* exclude (audit_id, created_at, action),
    outcomes.action as log_action,
    logs.external_id,
    logs.actor.name as actor_name
from raw_crm.audits as audits
inner join intermediate.int_audits_parsed as parsed on parsed.audit_id = audits.id
inner join intermediate.int_persons_named as people on people.audit_id = audits.id
inner join marts.audit_outcomes as outcomes on outcomes.audit_id = audits.id
inner join marts.activity_logs as logs on logs.audit_id = audits.id
where audits.id = ?
"""


def test_the_links_lead_to_models_and_seeds(manifest: dict[str, Any]) -> None:
    """Every linked model or seed exists, by the name that is shown."""
    linked = LINK.findall(OVERVIEW)
    assert {node_id: manifest["nodes"][node_id]["name"] for _, node_id in linked} == {
        node_id: shown for shown, node_id in linked
    }


def test_every_model_that_answers_a_question_is_linked(manifest: dict[str, Any]) -> None:
    """Marts, reconciliation models and seeds are named on the page."""
    answering = {
        model["name"]
        for model in nodes(manifest, "model")
        if layer(model) in rules.LAYERS_UNDER_CONTRACT
    }
    seeds = {seed["name"] for seed in nodes(manifest, "seed")}
    assert answering | seeds <= {shown for shown, _ in LINK.findall(OVERVIEW)}


@pytest.fixture(scope="module")
def facts(built: Built) -> dict[str, Any]:
    """What the layers have of the example's audit."""
    with duckdb.connect(built.staging, read_only=True) as connection:
        cursor = connection.execute(FACTS, [EXAMPLE])
        names = [column[0] for column in cursor.description or ()]
        (row,) = cursor.fetchall()
    return dict(zip(names, row, strict=True))


@pytest.mark.parametrize(
    "column",
    [
        *("id", "auditable_type", "auditable_id", "action", "user_type", "user_id", "comment"),
        *("document", "crm_person_id", "contact_id", "contact_source", "actor_type", "category"),
        *("created_at", "outcome", "external_id", "actor_name"),
    ],
)
def test_the_example_is_what_happened(column: str, facts: dict[str, Any]) -> None:
    """The page shows the audit's own values of each layer."""
    assert str(facts[column]) in OVERVIEW


def test_the_example_is_won_by_the_status_set(facts: dict[str, Any]) -> None:
    """The story's point: the new stage has an action of its own."""
    assert json.loads(facts["document"])["crm_stage_id"] == [4, 5]
    assert (facts["category"], facts["log_action"]) == ("deal", "won")
