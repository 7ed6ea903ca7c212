"""What an operator asks a worker for beside a run, such as a probe or a sign-off (rule: pages).

An account has one errand. A worker begins it once, and holds it by a lease as a run is held; one
that died with its worker is asked for again by hand, which does no harm.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from ingest.shared.indexes import ERRANDS
from ingest.shared.mongo import CdpDatabase, server_time
from ingest.shared.seeds import Account
from loaders.jobs.errors import ErrandOpenError
from loaders.jobs.job_changes import NOW, JobDocument, structure
from loaders.jobs.lease import is_over, new_lease, own_name, repeating

What = Literal["probe", "dry_run", "docs", "sign_off"]
COMMANDS: Mapping[What, tuple[str, ...]] = {
    "probe": ("probe",),
    "dry_run": ("migrate", "--dry-run"),
    "docs": ("docs",),
    "sign_off": ("signoff",),
}
OF_A_FILE: tuple[What, ...] = ("docs", "sign_off")
"""What only a machine can do that has the account's file."""


@dataclass(frozen=True, slots=True)
class Errands:
    """The errands of all accounts, as the CDP keeps them."""

    database: CdpDatabase

    def ask(self, account: Account, what: What, asked_by: str, **options: str | bool) -> None:
        """Ask for an errand.

        Args:
            account: The account.
            what: What is to be done.
            asked_by: Who asks.
            options: More options of its command, by their names.

        Raises:
            ErrandOpenError: Another one waits, or is done at this moment.
        """
        last = self.last(account)
        if last and is_open(last, server_time(self.database)):
            raise ErrandOpenError(last["what"])
        fields: dict[str, Any] = {
            "company_sso_id": account.company_sso_id,
            "what": what,
            "options": options,
            "asked_by": asked_by,
            "asked_at": NOW,
            **dict.fromkeys(("begun_at", "worker", "lease", "ended_at", "problem")),
        }
        key = {"_id": account.company_sso_id, "asked_at": last["asked_at"] if last else None}
        try:
            found = self.database[ERRANDS].update_one(
                key, [{"$set": structure(fields).made}], upsert=last is None
            )
        except DuplicateKeyError as error:
            raise ErrandOpenError(what) from error
        if not (found.matched_count or found.upserted_id):
            raise ErrandOpenError(what)  # somebody asked at this very moment, as above

    def last(self, account: Account) -> JobDocument | None:
        """Return what was asked for last: ``what``, ``asked_by``, times (UTC) and ``problem``."""
        return self.database[ERRANDS].find_one({"_id": account.company_sso_id})

    def find_waiting(self, companies: Collection[str]) -> list[JobDocument]:
        """Return the errands of some companies that nobody began, the oldest first.

        What this version does not know is left to the workers of another.
        """
        query = {"_id": {"$in": sorted(companies)}, "what": {"$in": [*COMMANDS]}, "begun_at": None}
        return list(self.database[ERRANDS].find(query).sort("asked_at"))

    def find_held(self) -> set[str]:
        """Return the companies of which a worker does an errand at this moment."""
        begun = self.database[ERRANDS].find({"begun_at": {"$ne": None}, "ended_at": None})
        moment = server_time(self.database)
        return {each["_id"] for each in begun if is_open(each, moment)}

    def begin(self, errand: JobDocument) -> JobDocument | None:
        """Hold an errand that waits; none where another worker was faster."""
        name = own_name()
        fields = {"begun_at": NOW, "worker": name, "lease": new_lease(name)}
        return self._change(errand, fields, begun_at=None)

    def end(self, errand: JobDocument, problem: str | None) -> None:
        """Tell how an errand that this process holds ended."""
        self._change(errand, {"ended_at": NOW, "problem": problem, "lease": None})

    @contextmanager
    def held(self, errand: JobDocument) -> Iterator[None]:
        """Renew the lease of an errand while the block does it."""

        def beat() -> None:
            with suppress(PyMongoError):
                self._change(errand, {"lease": new_lease(own_name())})

        with repeating(beat):
            yield

    def _change(
        self, errand: JobDocument, fields: Mapping[str, Any], **seen: Any
    ) -> JobDocument | None:
        """Change an errand, unless another was asked for meanwhile."""
        return self.database[ERRANDS].find_one_and_update(
            {"_id": errand["_id"], "asked_at": errand["asked_at"]} | seen,
            [{"$set": structure(fields).made}],
            return_document=ReturnDocument.AFTER,
        )


def is_open(errand: JobDocument, moment: datetime) -> bool:
    """Tell whether an errand waits or is done at a moment of MongoDB's clock."""
    if errand.get("ended_at"):
        return False
    return not (errand.get("begun_at") and is_over(errand.get("lease"), moment))


def command_of(account: Account, errand: JobDocument) -> list[str]:
    """Return the command, with its options, that does an errand."""
    return [*COMMANDS[errand["what"]], "--account", account.account, *_options(errand["options"])]


def _options(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value:
            yield option if value is True else f"{option}={value}"
