"""What the probe says before anything is extracted, the models say of the same rows after it.

The probe has a rule of its own wherever a model has one: it may not wait for dbt. Here both are
asked; the models by the very SQL that dbt compiles.
"""

from itertools import product

import duckdb
import pytest

from ingest.probe.coverage import COVERED
from ingest.probe.figures import Figure, scope_gate
from tests.dbt.conftest import Dbt, artifact

HOPS = ("stg_cdp__contacts", "stg_cdp__contact_id_maps", "int_contacts_matched")
CATEGORIES = ("int_types_mapped", "int_categories_decided")

# Persons 1 to 9; of each kind of line one that finds nobody, or several.
CONTACTS = """
create table persons as select unnest(range(1, 10)) as person_id;
create table contacts as
    select 'c' || row_number() over () as _id, 'acme' as company_sso_id, source_id
    from (values ('1'), (' 2 '), ('03'), ('4.0'), (''), (null), ('5'), ('5')) as ids (source_id);
create table id_map as
    select 'acme' as company_sso_id, crm_person_id::bigint as crm_person_id, customer_id
    from (values (1, 'm1'), (3, 'm3'), (6, 'm6'), (6, 'm7'), (7, null), (null, 'm8'))
        as lines (crm_person_id, customer_id);
create view raw_cdp.contacts as from main.contacts;
create view raw_cdp.crm_contact_id_map as from main.id_map;
create table intermediate.int_accounts_current as select 'acme' as company_sso_id;
"""
BY_THE_PROBE = f"""
select person_id, case when is_by_source_id then 'source_id' when is_by_id_map then 'id_map' end
from ({COVERED}) order by all
"""  # noqa: S608
BY_THE_MODEL = """
select person_id, case when contact_id is not null or is_ambiguous then found_by end
from persons left join intermediate.int_contacts_matched on person_id = crm_person_id order by all
"""

# A join model without a line for its create and destroy, one without any line, and a type that
# only looks like one.
JOIN_MODELS = [("CrmDealPerson", "CrmDeal"), ("Crm::Party", "CrmDeal")]
MAPPED = [
    ("CrmDeal", "create"),
    ("CrmDeal", "export"),
    ("CrmDealPerson", "update"),
    ("CrmSalesPerson", "import"),
    ("CrmPerson", "destroy"),
]
ACTIONS = ("create", "update", "destroy", "export", "import", "Update", "")
AUDITS = """
create table seeds.category_map (auditable_type text, audit_action text, category text, action text);
create table seeds.join_models
    (auditable_type text, linked_type text, linked_key text, person_key text);
create table stg.stg_crm__audits (audit_id bigint, auditable_type text, audit_action text);
create table intermediate.int_statuses_reached (audit_id bigint, action text);
"""
UNMAPPED = """
select auditable_type || ' ' || coalesce(nullif(audit_action, ''), '(none)')
from intermediate.int_categories_decided inner join stg.stg_crm__audits using (audit_id)
where action is null
"""


@pytest.fixture(scope="module")
def compiled(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The statement that makes each model, by its name."""
    folder = tmp_path_factory.mktemp("compiled")
    select = ("--select", *HOPS, *CATEGORIES)
    done = dbt("compile", *select, staging=folder / "staging.duckdb", target=folder / "target")
    assert done.returncode == 0, done.stdout
    models = artifact(folder / "target", "manifest")["nodes"].values()
    return {
        model["name"]: f"create view {model['relation_name']} as {model['compiled_code']}"
        for model in models
        if model["name"] in (*HOPS, *CATEGORIES)
    }


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """An empty warehouse of the name that the compiled models have for it."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as staging; use staging")
    for schema in ("raw_cdp", "stg", "intermediate", "seeds"):
        connection.execute(f"create schema {schema}")
    return connection


def test_both_look_a_person_up_in_the_same_places(
    warehouse: duckdb.DuckDBPyConnection, compiled: dict[str, str]
) -> None:
    """By source id as text, then by the id map; several contacts are found, none of them taken."""
    warehouse.execute(CONTACTS)
    for model in HOPS:
        warehouse.execute(compiled[model])
    by_the_probe = warehouse.execute(BY_THE_PROBE).fetchall()
    assert by_the_probe == warehouse.execute(BY_THE_MODEL).fetchall()
    places = ["source_id", "source_id", "id_map", None, "source_id", "id_map", None, None, None]
    assert [place for _, place in by_the_probe] == places


def test_both_find_the_same_actions_unmapped(
    warehouse: duckdb.DuckDBPyConnection, compiled: dict[str, str]
) -> None:
    """Of every type of the map with every action, updates and join models included."""
    join_models = {name for name, _ in JOIN_MODELS}
    pairs = list(product(sorted({name for name, _ in MAPPED} | join_models), ACTIONS))
    warehouse.execute(AUDITS)
    warehouse.executemany("insert into seeds.category_map values (?, ?, 'any', 'mapped')", MAPPED)
    warehouse.executemany("insert into seeds.join_models values (?, ?, 'a', 'b')", JOIN_MODELS)
    audits = [(number, *pair) for number, pair in enumerate(pairs)]
    warehouse.executemany("insert into stg.stg_crm__audits values (?, ?, ?)", audits)
    for model in CATEGORIES:
        warehouse.execute(compiled[model])
    figures = [Figure(*pair, audit_count=1, max_id=1, earliest=None, latest=None) for pair in pairs]
    by_the_probe = set(scope_gate(figures, set(MAPPED), join_models).details["unmapped_pairs"])
    assert by_the_probe == {pair for (pair,) in warehouse.execute(UNMAPPED).fetchall()}
    assert "CrmSalesPerson create" in by_the_probe
    assert not {"CrmDealPerson create", "Crm::Party destroy", "Crm::Party update"} & by_the_probe
    assert "Crm::Party export" in by_the_probe
