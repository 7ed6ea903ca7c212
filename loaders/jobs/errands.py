"""What an operator asks a worker for beside a run: a probe, a dry run, a sign-off (rule: pages).

An account has one errand, the one that was asked for last. A worker begins it once; one that died
with its worker is asked for again by hand, and one that is done twice does no harm.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pymongo import ReturnDocument

from ingest.shared.indexes import ERRANDS
from ingest.shared.mongo import CdpDatabase
from ingest.shared.seeds import Account
from loaders.jobs.job_changes import NOW, JobDocument, structure
from loaders.jobs.lease import own_name

What = Literal["probe", "dry_run", "sign_off"]
COMMANDS: Mapping[What, tuple[str, ...]] = {
    "probe": ("probe",),
    "dry_run": ("migrate", "--dry-run"),
    "sign_off": ("signoff",),
}


@dataclass(frozen=True, slots=True)
class Errands:
    """The errands of all accounts, as the CDP keeps them."""

    database: CdpDatabase

    def ask(self, account: Account, what: What, asked_by: str, **options: str | bool) -> None:
        """Ask for an errand; what was asked for before is no longer waited for.

        Args:
            account: The account.
            what: What is to be done.
            asked_by: Who asks.
            options: More options of its command, by their names.
        """
        company = account.company_sso_id
        fields = {"company_sso_id": company, "what": what, "asked_by": asked_by, "asked_at": NOW}
        fields |= {"options": options, "begun_at": None, "ended_at": None, "problem": None}
        made = structure(fields).made
        self.database[ERRANDS].update_one({"_id": company}, [{"$set": made}], upsert=True)

    def last(self, account: Account) -> JobDocument | None:
        """Return what was asked for last: ``what``, ``asked_by``, times (UTC) and ``problem``."""
        return self.database[ERRANDS].find_one({"_id": account.company_sso_id})

    def begin_next(self, companies: Collection[str]) -> JobDocument | None:
        """Begin the oldest errand that waits, of some companies; none where none waits."""
        return self.database[ERRANDS].find_one_and_update(
            {"_id": {"$in": sorted(companies)}, "begun_at": None},
            [{"$set": structure({"begun_at": NOW, "worker": own_name()}).made}],
            sort=[("asked_at", 1)],
            return_document=ReturnDocument.AFTER,
        )

    def end(self, errand: JobDocument, problem: str | None) -> None:
        """Tell how an errand ended, unless another was asked for meanwhile."""
        asked = {"_id": errand["_id"], "asked_at": errand["asked_at"]}
        ended = structure({"ended_at": NOW, "problem": problem}).made
        self.database[ERRANDS].update_one(asked, [{"$set": ended}])


def command(account: Account, errand: JobDocument) -> list[str]:
    """Return the command, with its options, that does an errand."""
    return [*COMMANDS[errand["what"]], "--account", account.account, *_options(errand["options"])]


def _options(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value:
            yield option if value is True else f"{option}={value}"
