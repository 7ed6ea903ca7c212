"""The indexes that a run rests on (spec §3).

``make indexes`` creates them, a run only checks them: an index of a large collection is built
when its owner says so, not in the middle of a migration.
"""

from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from ingest.shared.mongo import CdpDatabase, translated
from loaders.errors import MissingIndexError

ACTIVITY_LOGS = "activity_logs"
CONTACTS = "contacts"
CRM_CONTACT_ID_MAP = "crm_contact_id_map"
JOBS = "crm_activity_log_migration_jobs"

INDEXES: dict[str, tuple[IndexModel, ...]] = {
    ACTIVITY_LOGS: (
        IndexModel(
            [("company_sso_id", ASCENDING), ("external_id", ASCENDING)],
            unique=True,
            partialFilterExpression={"external_id": {"$exists": True}},
        ),
        IndexModel(
            [
                ("company_sso_id", ASCENDING),
                ("customer_id", ASCENDING),
                ("created_at", DESCENDING),
            ]
        ),
    ),
    CONTACTS: (IndexModel([("company_sso_id", ASCENDING), ("source_id", ASCENDING)]),),
    CRM_CONTACT_ID_MAP: (
        IndexModel([("company_sso_id", ASCENDING), ("crm_person_id", ASCENDING)], unique=True),
    ),
    JOBS: (
        IndexModel(
            [("company_sso_id", ASCENDING)],
            unique=True,
            partialFilterExpression={"status": "in_progress"},
        ),
        IndexModel([("company_sso_id", ASCENDING), ("started_at", DESCENDING)]),
    ),
}


def ensure_indexes(database: CdpDatabase) -> list[str]:
    """Create what is missing, then check all of it.

    Returns:
        ``collection.index`` of every index that is needed.

    Raises:
        MissingIndexError: An index of that name exists with another definition.
    """
    for collection, models in INDEXES.items():
        missing = [model for model in models if not _is_there(database, collection, model)]
        if missing:
            _create(database, collection, missing)
    check_indexes(database)
    return [f"{name}.{model.document['name']}" for name, all_ in INDEXES.items() for model in all_]


def check_indexes(database: CdpDatabase) -> None:
    """Check that every index is there and is unique where it must be.

    Raises:
        MissingIndexError: One is not.
    """
    for collection, models in INDEXES.items():
        names = [
            model.document["name"] for model in models if not _is_there(database, collection, model)
        ]
        if names:
            raise MissingIndexError(collection, names)


def _create(database: CdpDatabase, collection: str, models: list[IndexModel]) -> None:
    from pymongo.errors import OperationFailure

    try:
        database[collection].create_indexes(models)
    except OperationFailure as error:
        names = [model.document["name"] for model in models]
        raise MissingIndexError(collection, names) from error


def _is_there(database: CdpDatabase, collection: str, model: IndexModel) -> bool:
    with translated():
        existing = database[collection].index_information()
    return any(_is_same(index, model.document) for index in existing.values())


def _is_same(index: Any, wanted: Any) -> bool:
    options = ("unique", "partialFilterExpression", "sparse")
    return list(index["key"]) == list(wanted["key"].items()) and all(
        index.get(option) == wanted.get(option) for option in options
    )
