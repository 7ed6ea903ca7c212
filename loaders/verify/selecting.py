"""Selects what a partial rollback deletes, by the reconciliation of today (rule: rollback)."""

from enum import StrEnum

from bson import json_util

from loaders.load.selection import Selection
from loaders.transform.warehouse import Warehouse


class Only(StrEnum):
    """What a partial rollback can be of."""

    drift = "drift"
    differences = "differences"


KEYS = {
    Only.drift: "select distinct external_id from reconciliation.drift",
    Only.differences: "select external_id from reconciliation.fidelity_differences",
}
"""What is missing cannot be deleted, and what has not our tag is never read back."""
IDS = """
select stored.written_id, outcomes.outcome is distinct from 'ready' as is_lost
from readback.activity_logs as stored
left join marts.audit_outcomes as outcomes on stored.audit_id = outcomes.audit_id
where stored.external_id in ({keys})
order by stored.external_id
"""


def select_only(warehouse: Warehouse, only: Only) -> tuple[Selection, int]:
    """Return what is to be deleted, and how many of its documents no run makes again.

    Args:
        warehouse: The account's open warehouse, just reconciled.
        only: What is meant.
    """
    rows = warehouse.rows(IDS.format(keys=KEYS[only]))
    ids = [json_util.loads(row["written_id"]) for row in rows]
    return Selection(only.value, ids), sum(row["is_lost"] for row in rows)
