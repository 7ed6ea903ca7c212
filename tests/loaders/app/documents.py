"""Records and logs that the tests send and store."""

import copy
from datetime import datetime
from typing import Any

RECORD: dict[str, Any] = {
    "company_sso_id": "company-a",
    "external_id": "crm_audit_1",
    "source_tag": "crm_migration",
    "customer_id": "customer-1",
    "category": "deal",
    "action": "update",
    "user_id": "0d6c1e5e-0000-4000-8000-000000000001",
    "actor": {"type": "user", "name": "Änne", "crm_user_id": 7},
    "changes": [{"field": "amount", "from": None, "to": 12.5}],
    "created_at": "2024-05-01T12:00:00.123456Z",
    "metadata": {
        "crm_audit_id": 1,
        "auditable_type": "CrmDeal",
        "auditable_id": 5,
        "crm_person_id": 12,
        "audit_action": "update",
        "version": 3,
        "contact_source": "changes+source_id",
        "parser": "python",
    },
}


def record(audit_id: int = 1, **changes: Any) -> dict[str, Any]:
    """A record with an audit's id; `metadata` among the changes is merged."""
    made = copy.deepcopy(RECORD)
    made["external_id"] = f"crm_audit_{audit_id}"
    made["metadata"] |= {"crm_audit_id": audit_id} | changes.pop("metadata", {})
    return made | changes


def native_log(company: str, customer: str, **changes: Any) -> dict[str, Any]:
    """A log as the CDP itself writes it."""
    return {
        "company_sso_id": company,
        "customer_id": customer,
        "category": "contact",
        "action": "update",
        "actor": {"type": "user", "name": "CDP user"},
        "changes": [{"field": "segment", "from": None, "to": "vip"}],
        "created_at": datetime(2024, 5, 1, 12),
    } | changes
