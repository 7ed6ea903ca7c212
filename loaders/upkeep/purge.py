"""Removes an account's staging once its run is signed: personal data is kept no longer."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from ingest.shared.mongo import CdpDatabase
from ingest.shared.seeds import Account
from ingest.shared.settings import var_dir
from loaders.errors import PurgeError
from loaders.jobs.errors import JobAlreadyRunningError
from loaders.jobs.store import Jobs
from loaders.transform.lake.publishing import withdraw
from loaders.transform.lake.settings import CATALOG_URL
from loaders.verify.signoff.sign_off_state import sign_off_state

STAGING = (
    "staging.duckdb",
    "staging.duckdb.wal",
    "staging.duckdb.tmp",
    "dlt",
    "lake",
    "logs",
    "target",
)
"""What holds rows of the CRM; the report, the kept runs, the docs and the gates stay."""

SIGN = "`make signoff` first, or FORCE=1"


def purge(
    database: CdpDatabase, account: Account, env: Mapping[str, str], *, force: bool
) -> list[str]:
    """Remove what holds personal data, here and in the lake; a later run copies it again.

    Args:
        database: The CDP's database.
        account: The account.
        env: The environment: where the account's folder is, and the lake if there is one.
        force: Do so without a sign-off.

    Returns:
        The names of what was removed.

    Raises:
        JobAlreadyRunningError: A run needs the staging.
        PurgeError: The last run is not signed, its sign-off is void, or the staging is a link.
        LakeError: The lake cannot be used, or the account is being published.
        StageFailedError: The lake refuses; its part of the account may still be there.
    """
    folder = var_dir(env) / account.account
    jobs = Jobs(database, account)
    if running := jobs.running():
        raise JobAlreadyRunningError(running)
    if not force:
        _require_signed(database, account, folder)
    _refuse_links(account, folder)
    removed = [name for name in STAGING if _removed(folder / name)]
    if env.get(CATALOG_URL) and withdraw(account, env):
        removed.append("its tables in the lake")
    return removed


def _require_signed(database: CdpDatabase, account: Account, folder: Path) -> None:
    signed = sign_off_state(database, account, report=folder / "report" / "index.html")
    if signed is None:
        raise PurgeError(account.account, "its last run is not signed", SIGN)
    if not signed.is_valid:
        raise PurgeError(account.account, signed.line, SIGN)


def _refuse_links(account: Account, folder: Path) -> None:
    """What a link leads to would stay, and nobody would know."""
    for path in (folder, *(folder / name for name in STAGING)):
        if path.is_symlink():
            leads = f"{path} is a link to {path.readlink()}"
            raise PurgeError(account.account, leads, "remove both by hand, then purge again")


def _removed(path: Path) -> bool:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
    else:
        return False
    return True
