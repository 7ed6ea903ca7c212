"""On every demo account the second implementation agrees with the first."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.shared.mongo import connected
from ingest.shared.seeds import Account, find_account
from ingest.shared.settings import Settings
from loaders.documents.document import field_differences
from loaders.transform.warehouse import Warehouse
from loaders.verify.rederive.checking import Sample, check_sample
from loaders.verify.rederive.contacts import CdpContacts
from loaders.verify.rederive.derivation import Derived, derived
from loaders.verify.rederive.gathering import Origins, known_now
from loaders.verify.rederive.landed import Landed
from loaders.verify.rederive.rules import read_rules
from loaders.verify.rederive.source import Source
from loaders.verify.source_count import crm_session, scope_values
from tests.dbt.conftest import run_dbt
from tests.end_to_end.conftest import COMPANY_IDS, environment
from tests.places.mart_documents import mart_documents

EVERYTHING = Sample(1_000_000, "job")
GEM = "demo-gem"

pytestmark = pytest.mark.usefixtures("migrated")


@pytest.mark.parametrize("name", COMPANY_IDS)
def test_all_audits_of_an_account_are_derived_the_same(servers: Any, name: str) -> None:
    """Outcome, reason and document of each; the sample is everything."""
    settings, account = Settings.from_env(environment(servers)), find_account(name)
    folder = settings.var_dir / name
    with (
        Warehouse.opened(folder, account.company_sso_id) as warehouse,
        connected(settings.mongo_url) as database,
    ):
        verdict = check_sample(settings, account, database, warehouse, EVERYTHING)
        assert warehouse.rows("select * from readback.sample_differences limit 5") == []
        assert verdict.problem == ""
        assert verdict.changed_count == 0
        assert verdict.compared_count == warehouse.mart().outcome_count


@pytest.fixture
def linked(servers: Any, tmp_path: Path) -> Iterator[Warehouse]:
    """The warehouse of the gem's own rows, transformed as if its links counted."""
    path = tmp_path / "staging.duckdb"
    shutil.copy(servers.var_dir / GEM / "staging.duckdb", path)
    with duckdb.connect(path) as connection:
        connection.execute("update seeds.accounts set link_history = 'true'")
    made = ("run", "--select", "+activity_logs")
    done = run_dbt(*made, staging=path, target=tmp_path / "target")
    assert done.returncode == 0, done.stdout
    with Warehouse.opened(tmp_path, COMPANY_IDS[GEM]) as warehouse:
        yield warehouse


def test_links_of_the_real_gem_name_the_same_persons(linked: Warehouse, servers: Any) -> None:
    """Read from the join models' own audits, in SQL from the warehouse and here from the CRM."""
    found = derived_with_links(Settings.from_env(environment(servers)), find_account(GEM), linked)
    made = mart_documents(linked)
    assert {id_ for id_, each in found.items() if each.document} == set(made)
    different = {
        field
        for id_, expected in made.items()
        for field, _, _ in field_differences(expected, found[id_].document or {})
    }
    assert different == set()
    sources = [each["metadata"]["contact_source"] for each in made.values()]
    assert sources.count("link+source_id") > 500


def derived_with_links(
    settings: Settings, account: Account, warehouse: Warehouse
) -> dict[int, Derived]:
    """What Python makes of every audit in the CRM, where links count."""
    rules = replace(read_rules(account), link_history=True)
    scope = scope_values(account, rules.types, warehouse.mart().cutoff)
    with connected(settings.mongo_url) as database, crm_session(settings) as session:
        source = Source(session, settings, scope)
        audits = list(source.audits(source.sampled_ids(1_000_000, "job")).values())
        cdp = CdpContacts(database, account.company_sso_id)
        known = known_now(Origins(source, cdp, Landed(warehouse)), audits, rules)
    return {audit.id: derived(audit, rules, known, account.company_sso_id) for audit in audits}
