"""The verdict of an account's last probe, as MongoDB keeps it (spec §6)."""

from typing import Any

from loaders.accounts import Account
from loaders.cdp import CdpDatabase

PROBES = "crm_activity_log_migration_probes"


def last_probe(database: CdpDatabase, account: Account) -> dict[str, Any] | None:
    """Return the account's last probe, or none.

    Returns:
        ``company_sso_id``, ``account``, ``passed``, ``probed_at`` and
        ``gates: [{gate, found, needed, verdict}]``.
    """
    return database[PROBES].find_one({"company_sso_id": account.company_sso_id}, {"_id": 0})
