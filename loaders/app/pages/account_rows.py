"""What the operations pages show of an account: its last probe, job and files (rule: pages)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.shared.mongo import CdpDatabase, server_time
from ingest.shared.seeds import Account
from loaders.app.jobs import last_job
from loaders.app.pages.job_state import JobState
from loaders.app.settings import AppSettings
from loaders.jobs.errands import Errands, is_open
from loaders.jobs.gates import last_probe
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.lease import is_over
from loaders.jobs.progress import rate_of, seconds_left
from loaders.verify.signoff.sign_off_state import SignOffState, sign_off_state

FILES = {name: f"{name}/index.html" for name in ("report", "preview", "docs", "runs")}
"""What people read of an account, by its name in an address."""


@dataclass(frozen=True, slots=True)
class Overview(JobState):
    """One account as the pages show it.

    Args:
        account: The account.
        probe: Its last probe.
        job: Its last job.
        files: Names of the files that exist.
        errand: What was asked of a worker last, beside a run.
        signed: Its last sign-off, and what has voided it.
        moment: MongoDB's time.
    """

    account: Account
    probe: Mapping[str, Any] | None
    job: JobDocument | None
    files: tuple[str, ...]
    signed: SignOffState | None
    errand: JobDocument | None
    moment: datetime

    @property
    def errand_is_open(self) -> bool:
        """Whether a worker has yet to do, or does, what was asked of it."""
        return self.errand is not None and is_open(self.errand, self.moment)

    @property
    def waits(self) -> bool:
        """Whether the job is in progress and nobody works on it."""
        return self.status == "in_progress" and is_over((self.job or {}).get("lease"), self.moment)

    @property
    def rate(self) -> float | None:
        """Audits a second of a load."""
        return rate_of(self.job or {})

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the load still takes at that rate."""
        return seconds_left(self.job or {})


def overview(settings: AppSettings, database: CdpDatabase, account: Account) -> Overview:
    """Look an account up."""
    return Overview(
        account=account,
        probe=last_probe(database, account),
        job=last_job(database, account.company_sso_id),
        files=tuple(name for name in FILES if account_file(settings, account, FILES[name])),
        signed=sign_off_state(
            database,
            account,
            seeds=settings.seeds,
            report=account_file(settings, account, FILES["report"]),
        ),
        errand=Errands(database).last(account),
        moment=server_time(database),
    )


def account_file(settings: AppSettings, account: Account, place: str) -> Path | None:
    """Return one of an account's files if it exists and truly lies in the account's folder."""
    folder = settings.var_dir.resolve() / account.account
    try:
        path = (folder / place).resolve()
        return path if path.is_file() and path.is_relative_to(folder) else None
    except (OSError, RuntimeError):  # links in a circle
        return None
