"""The analysts' seeds: a wrong line is said in words, and a right one does what README promises."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import RunningServers
from tests.dbt.conftest import PROJECT, ROOT, Built, Dbt, artifact, extract, run_dbt

COMPANY = "44444444-4444-4444-8444-444444444444"
LINES = {
    "accounts": [
        "acme ,acme-id,7 7,yes,",
        f"Demo-Small,{COMPANY},101,true,maybe,Another",
        "beta,, 9,true ,false,Beta",
    ],
    "category_map": [
        "CrmDeal,update,deal,update",
        "CRMDeal,view,Deal,",
        "CrmNote,delete,note,delete",
        "crm_note,Create,note,Create Now",
        "CrmDeal,,lead,export",
        "CrmDealPerson,view,,view",
        "CrmCall ,view,call,view",
        "CrmTaskPerson,destroy,task,delete",
    ],
    "status_sets": [
        "*,CrmDeal,crm_stage_id,5,won",
        "nobody,CrmNote,crm_stage,5,Won",
        "*,CrmLead,crm_stage_id,, won",
        ",crmdeal,,5,",
        "*, CrmTask,crm_task_status_id,9,done",
    ],
    "join_models": [
        "CrmDealPerson,CrmDeal,crm_deal_id,crm_person_id",
        "crm_party,CrmParty,,crm_person_id ",
        "CrmParty , CrmDeal,deal_id,",
    ],
    "labels": [
        "en,crm_stage_id,5,Won again",
        "English,mood,,Mood",
        "en,,1,Nothing",
        "en,mood,1, Glad",
    ],
    "denied_fields": ["API_KEY", " pin", '""'],
}
LINES_INSTEAD = {
    "crm_types": [
        "role,auditable_type,key",
        "person,CrmPerson,",
        "persons,CrmPerson,crm_person_id",
        "user,User,",
        "user,User,",
        "user , user,",
        "person,CrmContact, contact_id",
    ],
}
WRONG = {
    "no_person": ("assert_the_seeds_name_a_person", "crm_types.csv has no line of the role person: write person,<class>,<the key"),
    "role_unknown": ("assert_crm_types_have_known_roles", 'crm_types.csv line 3: role is "persons"; write person or user'),
    "role_padded": ("assert_crm_types_have_exact_roles", 'crm_types.csv line 6: role has blanks around "user"'),
    "class_padded": ("assert_crm_types_have_exact_types", 'crm_types.csv line 6: auditable_type has blanks around "user"'),
    "class_no_class": ("assert_crm_types_name_rails_classes", 'crm_types.csv line 6: auditable_type is " user"; write the Rails class'),
    "person_without_key": ("assert_crm_types_have_exact_keys_of_persons", "crm_types.csv line 2: key is blank"),
    "person_key_padded": ("assert_crm_types_have_exact_keys_of_persons", 'crm_types.csv line 7: key has blanks around "contact_id"'),
    "class_twice": ("assert_crm_types_are_said_once", 'crm_types.csv line 5: role, auditable_type, key repeats line 4 ("user, user")'),
    "join_model_twice": ("assert_join_models_are_said_once", 'join_models.csv line 8: auditable_type repeats line 3 ("crmdealperson")'),
    "join_model_padded": ("assert_join_models_have_exact_types", 'join_models.csv line 10: auditable_type has blanks around "CrmParty"'),
    "join_model_no_class": ("assert_join_models_name_rails_classes", 'join_models.csv line 9: auditable_type is "crm_party"; write the Rails class'),
    "link_to_no_type": ("assert_join_models_link_mapped_types", 'join_models.csv line 9: linked_type is "CrmParty", which category_map.csv does not have'),
    "linked_type_padded": ("assert_join_models_have_exact_linked_types", 'join_models.csv line 10: linked_type has blanks around "CrmDeal"'),
    "linked_key_blank": ("assert_join_models_have_exact_linked_keys", "join_models.csv line 9: linked_key is blank"),
    "join_person_key_padded": ("assert_join_models_have_exact_person_keys", 'join_models.csv line 9: person_key has blanks around "crm_person_id"'),
    "join_person_key_blank": ("assert_join_models_have_exact_person_keys", "join_models.csv line 10: person_key is blank"),
    "link_that_is_none": ("assert_join_models_are_mapped_to_link_and_unlink", 'category_map.csv line 54: action is "delete" for the join model CrmTaskPerson; write unlink'),
    "account_padded": ("assert_accounts_have_exact_names", 'accounts.csv line 7: account has blanks around "acme"'),
    "account_no_slug": ("assert_accounts_have_names_for_commands", 'line 8: account is "Demo-Small"; write lower-case'),
    "account_twice": ("assert_accounts_have_names_of_their_own", 'line 8: account repeats line 2 ("demo-small")'),
    "company_twice": ("assert_accounts_have_companies_of_their_own", "line 8: company_sso_id repeats line 5"),
    "organization_twice": ("assert_accounts_have_organizations_of_their_own", 'line 8: crm_organization_id repeats line 2 ("101")'),
    "organization_no_number": ("assert_accounts_have_whole_numbers_as_organizations", 'line 7: crm_organization_id is "7 7"; write a whole number'),
    "enabled_no_boolean": ("assert_accounts_are_enabled_or_not", 'line 7: migration_enabled is "yes"; write true or false'),
    "company_blank": ("assert_accounts_have_exact_companies", "line 9: company_sso_id is blank"),
    "organization_padded": ("assert_accounts_have_exact_organizations", 'line 9: crm_organization_id has blanks around "9"'),
    "enabled_padded": ("assert_accounts_say_exactly_whether_they_are_enabled", 'line 9: migration_enabled has blanks around "true"'),
    "history_no_boolean": ("assert_accounts_count_links_or_not", 'line 8: link_history is "maybe"; write true or false'),
    "history_blank": ("assert_accounts_say_exactly_whether_links_count", "line 7: link_history is blank"),
    "short_line": ("assert_accounts_have_exact_display_names", "line 7: display_name is blank"),
    "pair_twice": ("assert_category_map_has_a_pair_once", "category_map.csv line 47: auditable_type, audit_action repeats line 12"),
    "type_in_other_case": ("assert_category_map_spells_a_type_one_way", 'line 48: auditable_type is "CRMDeal", spelled "CrmDeal" above'),
    "type_padded": ("assert_category_map_has_exact_types", 'line 53: auditable_type has blanks around "CrmCall"'),
    "type_no_class": ("assert_category_map_names_rails_classes", 'line 50: auditable_type is "crm_note"; write the Rails class'),
    "audit_action_blank": ("assert_category_map_has_exact_audit_actions", "line 51: audit_action is blank"),
    "audit_action_in_other_case": ("assert_category_map_names_audit_actions", 'line 50: audit_action is "Create"'),
    "audit_action_unknown": ("assert_category_map_says_actions_as_the_gem_does", 'line 49: audit_action is "delete"; write create, update or destroy'),
    "category_blank": ("assert_category_map_has_exact_categories", "line 52: category is blank"),
    "category_in_other_case": ("assert_category_map_has_lower_case_categories", 'line 48: category is "Deal"'),
    "category_without_action": ("assert_category_map_has_exact_actions", "line 48: action is blank"),
    "action_of_two_words": ("assert_category_map_has_lower_case_actions", 'line 50: action is "Create Now"'),
    "type_in_two_categories": ("assert_a_type_has_one_category", "CrmDeal is in several categories: deal, lead"),
    "status_twice": ("assert_status_sets_have_a_status_once", "status_sets.csv line 7: company_sso_id, auditable_type, field, status_id repeats line 2"),
    "status_blank": ("assert_status_sets_have_exact_statuses", "line 9: status_id is blank"),
    "status_of_unknown_account": ("assert_status_sets_name_known_companies", 'line 8: company_sso_id is "nobody", which accounts.csv does not have'),
    "status_of_no_account": ("assert_status_sets_have_exact_companies", "line 10: company_sso_id is blank"),
    "status_of_unknown_type": ("assert_status_sets_name_mapped_types", 'line 10: auditable_type is "crmdeal", which category_map.csv does not have'),
    "status_of_padded_type": ("assert_status_sets_have_exact_types", 'line 11: auditable_type has blanks around "CrmTask"'),
    "status_without_field": ("assert_status_sets_have_exact_fields", "line 10: field is blank"),
    "status_without_action": ("assert_status_sets_have_exact_actions", "line 10: action is blank"),
    "status_action_in_other_case": ("assert_status_sets_have_lower_case_actions", 'line 8: action is "Won"'),
    "label_twice": ("assert_labels_are_said_once", "labels.csv line 48: language, field, value repeats line"),
    "label_of_no_language": ("assert_labels_name_a_language", 'labels.csv line 49: language is "English"; write a language'),
    "label_of_no_field": ("assert_labels_have_exact_fields", "labels.csv line 50: field is blank"),
    "label_padded": ("assert_labels_have_exact_words", 'labels.csv line 51: label has blanks around "Glad"'),
    "denied_twice": ("assert_denied_fields_are_said_once", 'denied_fields.csv line 14: field repeats line 10 ("api_key")'),
    "denied_padded": ("assert_denied_fields_are_exact", 'line 15: field has blanks around "pin"'),
    "denied_blank": ("assert_denied_fields_are_exact", "line 16: field is blank"),
}  # fmt: skip


def add_lines(project: Path, seed: str, *lines: str) -> None:
    """Write lines at the end of a copy's seed."""
    with (project / "seeds" / f"{seed}.csv").open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def copy_project(folder: Path) -> Path:
    """Copy the dbt project, so that its seeds may be changed."""
    return shutil.copytree(PROJECT, folder / "dbt_project")


@pytest.fixture(scope="module")
def said(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each test says of seeds with every wrong line, by the test's name."""
    folder = tmp_path_factory.mktemp("wrong")
    project = copy_project(folder)
    for seed, lines in LINES_INSTEAD.items():
        (project / "seeds" / f"{seed}.csv").write_text("")
        add_lines(project, seed, *lines)
    for seed, lines in LINES.items():
        add_lines(project, seed, *lines)
    done = dbt(
        *("build", "--select", "resource_type:seed"),
        staging=folder / "staging.duckdb",
        target=folder / "target",
        project=project,
    )
    assert done.returncode == 1, done.stdout
    results = artifact(folder / "target", "run_results")["results"]
    return {
        result["unique_id"].split(".")[2]: result["message"]
        for result in results
        if result["status"] in ("error", "fail") and result["message"] in done.stdout
    }


@pytest.mark.parametrize(("test", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_line_is_said_in_words(test: str, words: str, said: dict[str, str]) -> None:
    """The named test fails, and prints the file, the line and what is wrong with it."""
    assert words in said[test]


def test_every_test_of_the_seeds_has_a_wrong_line(
    said: dict[str, str], manifest: dict[str, Any]
) -> None:
    """No test of the seeds is without a line above that makes it fail, and none else fails."""
    tests = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node["depends_on"]["nodes"]
        and all(read.startswith("seed.") for read in node["depends_on"]["nodes"])
    }
    assert {test for test, _ in WRONG.values()} == tests == set(said)


def test_a_line_of_too_many_cells_is_said_in_words(dbt: Dbt, tmp_path: Path) -> None:
    """A comma too many stops the build with the seed's name and the count."""
    project = copy_project(tmp_path)
    add_lines(project, "denied_fields", "password,pin")
    done = dbt(
        *("build", "--select", "denied_fields"),
        staging=tmp_path / "staging.duckdb",
        target=tmp_path / "target",
        project=project,
    )
    assert done.returncode == 1
    assert "Failure in seed denied_fields (seeds/denied_fields.csv)" in done.stdout
    assert "has 2 values, but Table only has 1 columns" in done.stdout


@pytest.fixture(scope="module")
def remapped(
    servers: RunningServers, built: Built, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The built account, extracted and built again after lines were added to three seeds."""
    folder = tmp_path_factory.mktemp("remapped")
    shutil.copytree(built.staging.parents[1], folder / "var")
    shutil.copytree(ROOT / "ingest", folder / "ingest")
    project = copy_project(folder)
    add_lines(project, "category_map", "User,update,user,update", "CrmPerson,export,contact,export")
    add_lines(project, "status_sets", "*,CrmDeal,crm_stage_id,4,nearly_won")
    add_lines(project, "denied_fields", "stage_changed_at")
    staging = extract(servers, folder / "var", project=folder)
    done = run_dbt(
        *("build", "--exclude-resource-type", "unit_test"),
        staging=staging,
        target=folder / "target",
        project=project,
    )
    assert done.returncode == 0, done.stdout
    return staging


@pytest.fixture(scope="module")
def counts(built: Built, remapped: Path) -> Callable[[str], tuple[int, int]]:
    """Counts something before the lines were added, and after."""

    def counted(staging: Path, query: str) -> int:
        with duckdb.connect(staging, read_only=True) as connection:
            return len(connection.execute(f"from {query}").fetchall())

    return lambda query: (counted(built.staging, query), counted(remapped, query))


Counts = Callable[[str], tuple[int, int]]


def test_a_new_type_is_one_line(counts: Counts) -> None:
    """Audits of a type without a line are left at the source; with one they are classified."""
    before, after = counts("marts.audit_outcomes where auditable_type = 'User'")
    left_before, left_after = counts(
        "raw_crm.audit_counts where auditable_type = 'User' and not is_in_scope"
    )
    assert before == 0 < left_before
    assert left_after == 0 < after


def test_a_new_action_is_one_line(counts: Counts) -> None:
    """An action without a line is skipped; with one its audits go on to the next rule."""
    exports = "marts.audit_outcomes where auditable_type = 'CrmPerson' and audit_action = 'export'"
    every = counts(exports)
    unmapped = counts(f"{exports} and reason = 'unmapped_action_type'")
    mapped = counts(f"{exports} and category = 'contact' and action = 'export'")
    assert every[0] == every[1] == unmapped[0] == mapped[1] > 0
    assert unmapped[1] == mapped[0] == 0


def test_a_new_status_is_one_line(counts: Counts) -> None:
    """An update to the status gets its action, and no other audit loses its own."""
    nearly_won = counts("marts.audit_outcomes where category = 'deal' and action = 'nearly_won'")
    updates = counts("marts.audit_outcomes where category = 'deal' and action = 'update'")
    won = counts("marts.audit_outcomes where category = 'deal' and action = 'won'")
    assert nearly_won[0] == 0 < nearly_won[1] == updates[0] - updates[1]
    assert won[0] == won[1] > 0


def test_a_denied_field_is_one_line(counts: Counts) -> None:
    """The field leaves every document, and the report counts it by its name only."""
    stored = counts("marts.activity_logs where changes like '%stage_changed_at%'")
    counted = counts("reconciliation.denied_fields_by_name where field = 'stage_changed_at'")
    assert stored[0] > 0 == stored[1]
    assert counted == (0, 1)


def test_the_sum_closes_after_the_seeds_changed(counts: Counts) -> None:
    """New lines move audits from one outcome to another, and lose none."""
    assert counts("reconciliation.balance where hop_number <= 4 and is_closed") == (4, 4)
