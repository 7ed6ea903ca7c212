"""A contact's activity logs, native and migrated (rule: http)."""

import base64
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.shared.indexes import ACTIVITY_LOGS
from ingest.shared.mongo import CdpDatabase
from loaders.app.log_models import ContactLog

AT_MOST_LOGS = 5_000
ALWAYS = ("customer_id", "category", "action", "user_id", "actor", "changes", "created_at")
ADDITIVE = ("source_tag", "external_id", "metadata")
NEWEST_FIRST = [("created_at", -1), ("_id", -1)]


def contact_logs(
    database: CdpDatabase, company_sso_id: str, customer_id: str, limit: int = AT_MOST_LOGS
) -> list[ContactLog]:
    """Return a contact's logs, newest first.

    Args:
        database: The CDP's database.
        company_sso_id: The account.
        customer_id: The contact.
        limit: The most logs.
    """
    query = {"company_sso_id": company_sso_id, "customer_id": customer_id}
    wanted = dict.fromkeys((*ALWAYS, *ADDITIVE), 1)
    found = database[ACTIVITY_LOGS].find(query, wanted).sort(NEWEST_FIRST).limit(limit)
    return [_log(document) for document in found]


def _log(document: Mapping[str, Any]) -> ContactLog:
    shown = {name: jsonable(document[name]) for name in (*ALWAYS, *ADDITIVE) if name in document}
    return ContactLog(id=str(document["_id"]), **shown)


def jsonable(value: Any) -> Any:
    """Turn a value from BSON into one that JSON has; what it has not becomes text."""
    if isinstance(value, Mapping):
        return {str(name): jsonable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [jsonable(each) for each in value]
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return f"{moment.isoformat()}Z"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    is_json = value is None or isinstance(value, str | bool | int)
    is_json = is_json or (isinstance(value, float) and math.isfinite(value))
    return value if is_json else str(value)
