"""The indexes that a run rests on, as the probe looks for them (spec §3).

``make indexes`` creates them; nothing here does but the demo, for its own MongoDB.
"""

from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

OPTIONS = ("unique", "partialFilterExpression", "sparse")

INDEXES: dict[str, tuple[IndexModel, ...]] = {
    "activity_logs": (
        IndexModel(
            [("company_sso_id", ASCENDING), ("external_id", ASCENDING)],
            unique=True,
            partialFilterExpression={"external_id": {"$exists": True}},
        ),
        IndexModel(
            [("company_sso_id", ASCENDING), ("customer_id", ASCENDING), ("created_at", DESCENDING)]
        ),
    ),
    "contacts": (IndexModel([("company_sso_id", ASCENDING), ("source_id", ASCENDING)]),),
    "crm_contact_id_map": (
        IndexModel([("company_sso_id", ASCENDING), ("crm_person_id", ASCENDING)], unique=True),
    ),
    "crm_activity_log_migration_jobs": (
        IndexModel(
            [("company_sso_id", ASCENDING)],
            unique=True,
            partialFilterExpression={"status": "in_progress"},
        ),
        IndexModel([("company_sso_id", ASCENDING), ("started_at", DESCENDING)]),
    ),
}


def create_indexes(database: Database[dict[str, Any]]) -> None:
    """Create all of them in the demo's MongoDB."""
    for collection, models in INDEXES.items():
        database[collection].create_indexes(list(models))


def index_faults(collection: str, existing: list[dict[str, Any]]) -> list[str]:
    """Say which indexes of a collection are missing or are otherwise defined.

    Args:
        collection: Name of the collection.
        existing: Its indexes as MongoDB lists them: ``key`` and options.
    """
    faults = []
    for model in INDEXES[collection]:
        wanted = model.document
        same_key = [index for index in existing if _key(index) == _key(wanted)]
        if not same_key:
            faults.append(f"{collection} lacks {_named(wanted)}")
        elif not any(_options(index) == _options(wanted) for index in same_key):
            faults.append(f"{collection} has {same_key[0]['name']} that is not {_named(wanted)}")
    return faults


def _key(index: Any) -> list[tuple[str, Any]]:
    return list(index["key"].items())


def _options(index: Any) -> dict[str, Any]:
    return {option: index[option] for option in OPTIONS if index.get(option)}


def _named(wanted: Any) -> str:
    fields = ", ".join(f"{name} desc" if way == DESCENDING else name for name, way in _key(wanted))
    unique = "unique " if wanted.get("unique") else ""
    partial = wanted.get("partialFilterExpression")
    return f"{unique}({fields})" + (f" partial on {', '.join(partial)}" if partial else "")
