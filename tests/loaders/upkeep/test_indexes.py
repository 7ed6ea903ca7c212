"""`make indexes` creates the indexes; a run only checks them (rule: document)."""

import re

import pytest

from ingest.shared.errors import MissingIndexError
from ingest.shared.indexes import INDEXES, check_indexes
from loaders.upkeep.indexes import ensure_indexes
from tests.loaders.conftest import Place


def test_creating_twice_changes_nothing(place: Place) -> None:
    """Every index is there after the first time, and the second makes no other."""
    place.database.client.drop_database(place.database.name)
    assert len(ensure_indexes(place.database)) == 9
    before = {name: place.database[name].index_information() for name in INDEXES}
    assert set(INDEXES) == set(place.database.list_collection_names())
    ensure_indexes(place.database)
    assert {name: place.database[name].index_information() for name in INDEXES} == before


@pytest.mark.parametrize("collection", sorted(INDEXES))
def test_a_run_without_an_index_is_refused_and_makes_none(place: Place, collection: str) -> None:
    """The line names collection, index and command; neither job nor index appears."""
    place.fill_with(1)
    place.database[collection].drop_indexes()
    refused = place.run("load")
    assert refused.returncode == 1
    assert re.search(rf"error: {collection} lacks (unique )?\(company_sso_id\b", refused.stderr)
    assert "`make indexes`" in refused.stderr
    assert place.database.crm_activity_log_migration_jobs.count_documents({}) == 0
    with pytest.raises(MissingIndexError):
        check_indexes(place.database)


def test_an_index_that_is_otherwise_defined_is_not_replaced(place: Place) -> None:
    """Its owner drops it; the error names it."""
    logs = place.database.activity_logs
    logs.drop_indexes()
    logs.create_index([("company_sso_id", 1), ("external_id", 1)])
    with pytest.raises(MissingIndexError, match="after dropping"):
        ensure_indexes(place.database)
