"""The account's last probe, as the CDP keeps it: a run is refused until it passes (rule: gates)."""

from typing import Any

from ingest.shared.indexes import PROBES
from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import Account
from loaders.jobs.errors import GatesNotPassedError


def last_probe(database: CdpDatabase, account: Account) -> dict[str, Any] | None:
    """Return the account's last probe: ``passed``, ``probed_at`` (UTC) and ``gates``."""
    with translated():
        return database[PROBES].find_one({"company_sso_id": account.company_sso_id}, {"_id": 0})


def require_passed(database: CdpDatabase, account: Account) -> None:
    """Let an account through whose last probe passed.

    Raises:
        GatesNotPassedError: It did not, or there is none.
    """
    probe = last_probe(database, account)
    if probe is None:
        raise GatesNotPassedError(account.account, (), None)
    if not probe["passed"]:
        failed = [gate for gate in probe["gates"] if gate["verdict"] == "fail"]
        raise GatesNotPassedError(account.account, failed, probe["probed_at"])
