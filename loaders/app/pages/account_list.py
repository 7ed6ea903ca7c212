"""The accounts as one table: searched, filtered, sorted and paged by the server (rule: pages)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import CdpDatabase
from ingest.shared.seeds import Account
from loaders.app.pages.filters import STATES
from loaders.app.pages.job_state import JobState
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.progress import progress_of
from loaders.jobs.queries import find_last_of_each

PAGE_SIZE = 50
LONGEST_SEARCH = 100
FIELDS = ("status", "phase", "progress_pct", "eligible_accuracy_pct", "counts", "drift")
"""What the table shows of a job."""


@dataclass(frozen=True, slots=True)
class Line(JobState):
    """One account, and what is shown of its last job."""

    account: Account
    job: JobDocument

    @property
    def progress_pct(self) -> float:
        """How far the run is, over all its phases."""
        return progress_of(self.job)


Key = Callable[[Line], Any]
SORTS: dict[str, tuple[str, Key]] = {
    "name": ("name", lambda line: line.account.display_name.lower()),
    "state": ("state", lambda line: line.state[0]),
    "newest": ("newest run", lambda line: -_seconds(line.job.get("started_at"))),
    "eligible": ("lowest share", lambda line: _or(line.job.get("eligible_accuracy_pct"), 101)),
    "failed": ("most failed", lambda line: -line.job.get("counts", {}).get("failed", 0)),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor asks of the table; what nobody can read is as if it had not been asked."""

    search: str
    state: str
    sort: str
    page: int

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Wish":
        """Read the parameters of an address."""
        state, sort, page = asked.get("state", ""), asked.get("sort", ""), asked.get("page", "")
        return cls(
            search=asked.get("q", "").strip()[:LONGEST_SEARCH],
            state=state if state in STATES else "",
            sort=sort if sort in SORTS else "name",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        )

    def address(self, page: int) -> str:
        """Return the address of another page of the same table."""
        asked = {"q": self.search, "state": self.state, "sort": self.sort, "page": page}
        return f"/ops?{urlencode({name: value for name, value in asked.items() if value})}"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the table, and the sums over all accounts."""

    lines: Sequence[Line]
    totals: Mapping[str, int]
    found_count: int
    account_count: int
    page: int
    page_count: int


def listing(database: CdpDatabase, accounts: Sequence[Account], wish: Wish) -> Listing:
    """Return a page of the accounts.

    Args:
        database: The CDP's database; of each job no more is read than is shown.
        accounts: The accounts of the seed.
        wish: What is asked of the table.
    """
    companies = [account.company_sso_id for account in accounts]
    jobs = find_last_of_each(database[JOBS], {"company_sso_id": {"$in": companies}}, FIELDS)
    lines = [Line(account, jobs.get(account.company_sso_id, {})) for account in accounts]
    found = sorted((line for line in lines if _is_wished(line, wish)), key=SORTS[wish.sort][1])
    page_count = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(1, wish.page), page_count)
    return Listing(
        lines=found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        totals=Counter(line.status for line in lines),
        found_count=len(found),
        account_count=len(lines),
        page=page,
        page_count=page_count,
    )


def _is_wished(line: Line, wish: Wish) -> bool:
    account = line.account
    texts = (account.account, account.display_name, account.company_sso_id)
    is_found = wish.search.lower() in " ".join(texts).lower()
    return is_found and wish.state in ("", line.status)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
