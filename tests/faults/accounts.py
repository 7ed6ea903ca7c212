"""An account that everything may happen to, in any order; its commands run in this process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account
from ingest.shared.settings import Settings
from loaders.jobs.heartbeat import running
from loaders.jobs.lease import own_name
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.load.load import Load
from loaders.load.rollback import Rollback
from loaders.transform.warehouse import Warehouse
from loaders.verify.read_back import Sides, reconcile
from loaders.verify.verdict import Verdict
from tests.faults.comparing import Documents
from tests.places.copies import Place

KEYS = {
    "raw_crm.audits": "id",
    "marts.activity_logs": "audit_id",
    "marts.audit_outcomes": "audit_id",
}
BEFORE_ALL = -1
SPOIL = "delete from marts.activity_logs where list_contains(?::bigint[], audit_id)"
SPOIL_OUTCOMES = """
    update marts.audit_outcomes set outcome = 'failed', reason = 'unparseable_changes'
    where list_contains(?::bigint[], audit_id)
"""


class KilledError(BaseException):
    """Ends a run at once, wherever it is."""


@dataclass(slots=True)
class Countdown:
    """A progress that does something at one of its advances."""

    then: Callable[[], None] = lambda: None
    steps: int = 0

    def advance(self, rows: int) -> None:
        """Count; how many rows were done does not matter."""
        self.steps -= 1 if rows >= 0 else 0
        if self.steps == 0:
            self.then()


@dataclass(slots=True)
class AnAccount:
    """One account's warehouse and collection, and the commands upon them.

    Args:
        place: Its MongoDB database and `var`; the warehouse is a real one.
        whole: The same warehouse with all audits, of which the place has the first.
    """

    place: Place
    whole: Path
    settings: Settings = field(init=False)
    audit_ids: list[int] = field(init=False)
    mapped_ids: set[int] = field(init=False)
    spoilt_ids: set[int] = field(default_factory=set)
    count: int = 0

    def __post_init__(self) -> None:
        self.settings = Settings.from_env(self.place.env)
        self.audit_ids = sorted(_ids(self.whole, "marts.audit_outcomes"))
        self.mapped_ids = _ids(self.whole, "marts.activity_logs")

    @property
    def ready_ids(self) -> set[int]:
        """The audits that have a document in the mart."""
        return self.mapped_ids & set(self.audit_ids[: self.count]) - self.spoilt_ids

    def stage(self, count: int) -> None:
        """Let the next audits be extracted and transformed."""
        shown = self.audit_ids[self.count : self.count + count]
        after = self.audit_ids[self.count - 1] if self.count else BEFORE_ALL
        self.count += len(shown)
        self._show(after, shown[-1])

    def mend(self) -> None:
        """Let every audit so far be mapped as it should be."""
        self.spoilt_ids.clear()
        self._show(BEFORE_ALL, self.audit_ids[self.count - 1])

    def spoil(self, audit_ids: list[int]) -> None:
        """Let audits fail in the transform."""
        self.spoilt_ids.update(audit_ids)
        with duckdb.connect(self._path) as warehouse:
            warehouse.execute(SPOIL, [audit_ids])
            warehouse.execute(SPOIL_OUTCOMES, [audit_ids])

    def failed_to_load_ids(self) -> set[int]:
        """Return the audits that the last load could not write."""
        return _ids(self._path, "readback.load_failures")

    def load(self, progress: Countdown, *, resume: bool = False) -> None:
        """Run `load`, or a resumed one."""
        account = find_account(self.place.account)
        with (
            running(self.settings, account, resume=resume) as run,
            Warehouse.opened(self.place.folder, account.company_sso_id) as warehouse,
        ):
            logs = ActivityLogs(run.database, account.company_sso_id)
            Load(warehouse, logs, run.job, progress).run()
            run.job.finish("completed")

    def reconcile(self) -> Verdict:
        """Run `reconcile`; no job is told."""
        company = self.place.company_sso_id
        with (
            Warehouse.opened(self.place.folder, company) as warehouse,
            connected(self.settings.mongo_url) as database,
        ):
            jobs = Jobs(database, find_account(self.place.account))
            sides = Sides(ActivityLogs(database, company), jobs, (), lambda: self.count)
            return reconcile(warehouse, sides, Countdown())

    def roll_back(self, progress: Countdown) -> None:
        """Run `rollback`."""
        with connected(self.settings.mongo_url) as database:
            Rollback(database, find_account(self.place.account), "a test").run(progress)

    def orphan(self, **fields: Any) -> None:
        """Let whoever holds the account's newest job be dead."""
        job = self.place.job()
        lease = job["lease"] and {**job["lease"], "owner": f"{own_name()}0"}  # one that died
        with self.place.cdp() as database:
            jobs = database.crm_activity_log_migration_jobs
            jobs.update_one({"_id": job["_id"]}, {"$set": {"lease": lease, **fields}})

    def documents(self) -> Documents:
        """Read every log of the database."""
        return self.place.documents()

    @property
    def _path(self) -> Path:
        return self.place.folder / "staging.duckdb"

    def _show(self, after: int, last: int) -> None:
        """Copy the rows of some audits from the whole warehouse, and count all so far."""
        with duckdb.connect(self._path) as warehouse:
            warehouse.execute(f"attach '{self.whole}' as whole (read_only)")
            for table, key in KEYS.items():
                warehouse.execute(f"delete from {table} where {key} > ?", [after])  # noqa: S608
                rows = f"select * from whole.{table} where {key} > ? and {key} <= ?"  # noqa: S608
                warehouse.execute(f"insert into {table} {rows}", [after, last])
            warehouse.execute("delete from raw_crm.audit_counts")
            warehouse.execute(
                "insert into raw_crm.audit_counts by name "
                "select 'CrmDeal' as auditable_type, true as is_in_scope, ? as audit_count",
                [self.count],
            )
            warehouse.execute("update raw_crm.extracts set source_count = ?", [self.count])


def _ids(path: Path, table: str) -> set[int]:
    with duckdb.connect(path, read_only=True) as warehouse:
        query = f"select audit_id from {table}"  # noqa: S608
        return {row[0] for row in warehouse.execute(query).fetchall()}
