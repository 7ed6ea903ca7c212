"""The collections, and the indexes that a run rests on (rule: document).

``make indexes`` creates them, a run only checks them: an index of a large collection is built
when its owner says so, not in the middle of a migration.
"""

from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from ingest.shared.errors import MissingIndexError
from ingest.shared.mongo import CdpDatabase, translated

ACTIVITY_LOGS = "activity_logs"
CONTACTS = "contacts"
CRM_CONTACT_ID_MAP = "crm_contact_id_map"
ERRANDS = "crm_activity_log_migration_errands"
ERASURES = "crm_activity_log_migration_erasures"
JOBS = "crm_activity_log_migration_jobs"
PROBES = "crm_activity_log_migration_probes"
FAILURES = "crm_activity_log_migration_failures"
FENCES = "crm_activity_log_migration_fences"

OPTIONS = ("unique", "partialFilterExpression", "sparse", "expireAfterSeconds")
FAILURES_KEPT_S = 30 * 24 * 60 * 60

INDEXES: dict[str, tuple[IndexModel, ...]] = {
    ACTIVITY_LOGS: (
        IndexModel(
            [("company_sso_id", ASCENDING), ("external_id", ASCENDING)],
            unique=True,
            partialFilterExpression={"external_id": {"$exists": True}},
        ),
        IndexModel(
            [("company_sso_id", ASCENDING), ("customer_id", ASCENDING), ("created_at", DESCENDING)]
        ),
    ),
    CONTACTS: (IndexModel([("company_sso_id", ASCENDING), ("source_id", ASCENDING)]),),
    CRM_CONTACT_ID_MAP: (
        IndexModel([("company_sso_id", ASCENDING), ("crm_person_id", ASCENDING)], unique=True),
    ),
    ERASURES: (
        IndexModel([("company_sso_id", ASCENDING), ("customer_id", ASCENDING)], unique=True),
    ),
    JOBS: (
        IndexModel(
            [("company_sso_id", ASCENDING)],
            unique=True,
            partialFilterExpression={"status": "in_progress"},
        ),
        IndexModel([("company_sso_id", ASCENDING), ("started_at", DESCENDING)]),
    ),
    FAILURES: (
        IndexModel([("company_sso_id", ASCENDING), ("crm_audit_id", ASCENDING)], unique=True),
        IndexModel([("failed_at", ASCENDING)], expireAfterSeconds=FAILURES_KEPT_S),
    ),
}


def check_indexes(database: CdpDatabase) -> None:
    """Check that every index is there and is unique where it must be.

    Raises:
        MissingIndexError: One is not.
    """
    faults = [fault for collection in INDEXES for fault in index_faults(database, collection)]
    if faults:
        raise MissingIndexError(faults)


def index_faults(database: CdpDatabase, collection: str) -> list[str]:
    """Say which indexes of a collection are missing or are otherwise defined."""
    with translated():
        existing = [dict(index) for index in database[collection].list_indexes()]
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
    expires = wanted.get("expireAfterSeconds")
    return (
        f"{unique}({fields})"
        + (f" partial on {', '.join(partial)}" if partial else "")
        + (f" that expires after {expires} s" if expires else "")
    )
