"""The account's last probe, as the CDP keeps it: a run is refused until it passes (spec §6)."""

from typing import Any

from ingest.shared.mongo import CdpDatabase, translated
from loaders.accounts import Account
from loaders.errors import GateFailedError

PROBES = "crm_activity_log_migration_probes"


def last_probe(database: CdpDatabase, account: Account) -> dict[str, Any] | None:
    """Return the account's last probe: ``passed``, ``probed_at`` (UTC) and ``gates``."""
    with translated():
        return database[PROBES].find_one({"company_sso_id": account.company_sso_id}, {"_id": 0})


def require_passed(database: CdpDatabase, account: Account) -> None:
    """Let an account through whose last probe passed.

    Raises:
        GateFailedError: It did not, or there is none.
    """
    probe = last_probe(database, account)
    if probe is None:
        raise GateFailedError(account.account, (), None)
    if not probe["passed"]:
        failed = [gate for gate in probe["gates"] if gate["verdict"] == "fail"]
        raise GateFailedError(account.account, failed, probe["probed_at"])
