"""Category and action, the first rule that matches (rule: category)."""

from pathlib import Path
from typing import Any

import pytest

from ingest.shared.seeds import SEEDS, find_account
from loaders.verify.rederive.category import derived_category
from loaders.verify.rederive.rules import read_rules
from tests.loaders.verify.rederive.audits import audit

ACCOUNT = find_account("demo-small")
RULES = read_rules(ACCOUNT)
CASES: dict[str, tuple[str, str | None, tuple[str, Any], tuple[str, str] | None]] = {
    "a stage that is won": ("CrmDeal", "update", ("crm_stage_id", 5), ("deal", "won")),
    "the same as text": ("CrmLead", "update", ("crm_stage_id", "5"), ("lead", "won")),
    "a ticket": ("CrmTicket", "update", ("crm_ticket_status_id", 4), ("ticket", "resolved")),
    "a task": ("CrmTask", "update", ("crm_task_status_id", 3), ("task", "done")),
    "another stage": ("CrmDeal", "update", ("crm_stage_id", 4), ("deal", "update")),
    "a stage of another type": ("CrmTask", "update", ("crm_stage_id", 5), ("task", "update")),
    "a stage on create": ("CrmDeal", "create", ("crm_stage_id", 5), ("deal", "create")),
    "a stage that is a float": ("CrmDeal", "update", ("crm_stage_id", 5.0), ("deal", "update")),
    "a link": ("CrmDealPerson", "create", ("a", 1), ("deal", "link")),
    "an unlink": ("CrmCompanyPerson", "destroy", ("a", 1), ("company", "unlink")),
    "an update of a link": ("CrmTaskPerson", "update", ("a", 1), ("task", "update")),
    "a destroy": ("CrmPerson", "destroy", ("a", 1), ("contact", "delete")),
    "an action of the application": ("CrmLead", "export", ("a", 1), None),
    "no action": ("CrmLead", None, ("a", 1), None),
    "a type out of scope": ("User", "update", ("a", 1), None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_first_rule_that_matches_decides(case: str) -> None:
    """Status, link, map, update of a known type; else nobody mapped it."""
    type_, action, (field, value), expected = CASES[case]
    changes = [{"field": field, "from": None, "to": value}]
    assert derived_category(audit(auditable_type=type_, action=action), changes, RULES) == expected


def test_an_accounts_own_status_set_replaces_the_shared_one(tmp_path: Path) -> None:
    """Of that type; the shared sets of other types still hold, other accounts' never."""
    for seed in SEEDS.glob("*.csv"):
        (tmp_path / seed.name).write_text(seed.read_text())
    with (tmp_path / "status_sets.csv").open("a") as lines:
        lines.write(f"{ACCOUNT.company_sso_id},CrmDeal,crm_stage_id,8,won\n")
        lines.write("another,CrmTask,crm_task_status_id,9,done\n")
    found = read_rules(ACCOUNT, tmp_path).status_actions
    assert ("CrmDeal", "crm_stage_id", "8") in found
    assert ("CrmDeal", "crm_stage_id", "5") not in found
    assert ("CrmLead", "crm_stage_id", "5") in found
    assert ("CrmTask", "crm_task_status_id", "9") not in found


@pytest.mark.parametrize(
    ("value", "status"), [(True, "true"), (False, "false"), (5.5, "5.5"), ("true", "true")]
)
def test_a_status_is_any_scalar_as_its_json_text(tmp_path: Path, value: Any, status: str) -> None:
    """As dbt compares it."""
    for seed in SEEDS.glob("*.csv"):
        (tmp_path / seed.name).write_text(seed.read_text())
    with (tmp_path / "status_sets.csv").open("a") as lines:
        lines.write(f"{ACCOUNT.company_sso_id},CrmTask,is_done,{status},done\n")
    changes = [{"field": "is_done", "from": None, "to": value}]
    task = audit(auditable_type="CrmTask", action="update")
    assert derived_category(task, changes, read_rules(ACCOUNT, tmp_path)) == ("task", "done")


def test_a_join_model_without_a_category_takes_that_of_its_linked_type(tmp_path: Path) -> None:
    """It links, unlinks and is updated; any other action wants a line."""
    for seed in SEEDS.glob("*.csv"):
        (tmp_path / seed.name).write_text(seed.read_text())
    with (tmp_path / "join_models.csv").open("a") as lines:
        lines.write("Crm::Party,Crm::Deal,subject_id,human_id\n")
    rules = read_rules(ACCOUNT, tmp_path)
    made = [
        derived_category(audit(auditable_type="Crm::Party", action=action), [], rules)
        for action in ("create", "destroy", "update", "export")
    ]
    assert made == [("deal", "link"), ("deal", "unlink"), ("deal", "update"), None]
    assert rules.joins["Crm::Party"] == ("Crm::Deal", "subject_id", "human_id")
    assert {"Crm::Party", "CrmPerson"} <= set(rules.types)
