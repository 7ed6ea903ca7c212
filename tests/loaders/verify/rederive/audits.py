"""An audit of which a test says only what it is about."""

from typing import Any

from loaders.verify.rederive.facts import Audit, audit_of

NOON_US = 1_600_000_000_000_000
PLAIN: dict[str, Any] = {
    "id": 1,
    "auditable_id": 9,
    "auditable_type": "CrmDeal",
    "associated_id": None,
    "associated_type": None,
    "user_id": None,
    "user_type": None,
    "username": None,
    "action": "update",
    "audited_changes": None,
    "version": 1,
    "comment": None,
    "remote_address": None,
    "request_uuid": None,
    "created_at_us": NOON_US,
}


def audit(**said: Any) -> Audit:
    """The audit: an update of a deal, unless said otherwise."""
    return audit_of(PLAIN | said)
