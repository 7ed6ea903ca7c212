"""Deletes a contact's migrated logs, and sees to it that none comes back (rule: right to delete)."""

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from ingest.shared.indexes import ACTIVITY_LOGS, CONTACTS, CRM_CONTACT_ID_MAP, ERASURES
from ingest.shared.mongo import DURABLE, CdpDatabase, translated
from ingest.shared.progress import Progress
from ingest.shared.seeds import Account
from loaders.jobs.job_document import Watch, unwatched
from loaders.jobs.store import Jobs
from loaders.load.collection import SOURCE_TAG, ActivityLogs
from loaders.load.rollback import Rollback
from loaders.load.selection import contact_selection
from loaders.verify.reconcile import refuse_while_running


@dataclass(frozen=True, slots=True)
class Forgetting:
    """One contact who is to be forgotten.

    Args:
        database: The CDP's database.
        account: The account.
        customer_id: The contact.
        requested_by: Who asked for it.
        watch: Told of the job before and after, for metrics.
    """

    database: CdpDatabase
    account: Account
    customer_id: str
    requested_by: str
    watch: Watch = unwatched

    def count(self) -> int:
        """Count the logs that would be deleted."""
        return self._rollback(self._persons()).count()

    def run(self, progress: Progress) -> int:
        """Note the contact, so that no run brings a log back, then delete its logs and prove it.

        Returns:
            How many were deleted.

        Raises:
            JobAlreadyRunningError: A run is on its way.
            RollbackError: Something is left, or other logs changed meanwhile.
        """
        refuse_while_running(Jobs(self.database, self.account))
        with translated():
            persons = self._persons()
            self._note(persons)
            rollback = self._rollback(persons)
            return rollback.run(progress) if rollback.count() else 0

    def _rollback(self, persons: list[int]) -> Rollback:
        logs = ActivityLogs(self.database, self.account.company_sso_id)
        selection = contact_selection(logs, self.customer_id, persons)
        return Rollback(self.database, self.account, self.requested_by, self.watch, selection)

    def _note(self, persons: list[int]) -> None:
        erasures = self.database.get_collection(ERASURES, write_concern=DURABLE)
        noted = {"crm_person_ids": persons, "requested_by": self.requested_by}
        erasures.update_one(
            self._company | {"customer_id": self.customer_id},
            {"$set": noted, "$currentDate": {"erased_at": True}},
            upsert=True,
        )

    def _persons(self) -> list[int]:
        """Return the persons that the contact is, or was when its logs were written.

        One who is another contact's by now is not to be forgotten with this one.
        """
        own = {"customer_id": self.customer_id}
        noted = {id_ for each in self._find(ERASURES, own) for id_ in each["crm_person_ids"]}
        mapped = {each["crm_person_id"] for each in self._find(CRM_CONTACT_ID_MAP, own)}
        source_ids = {str(each.get("source_id")).strip() for each in self._contact()}
        named = {int(id_) for id_ in source_ids if id_.isdecimal()}
        written = {id_ for id_ in self._written() if not self._is_another(id_)}
        return sorted({int(id_) for id_ in noted | mapped | named | written})

    def _contact(self) -> list[dict[str, Any]]:
        """Return the contact, whose key may be a text or an ObjectId."""
        keys: list[Any] = [self.customer_id]
        if ObjectId.is_valid(self.customer_id):
            keys.append(ObjectId(self.customer_id))
        return self._find(CONTACTS, {"_id": {"$in": keys}})

    def _written(self) -> set[int]:
        own = {"customer_id": self.customer_id, "source_tag": SOURCE_TAG}
        found = self.database[ACTIVITY_LOGS].distinct("metadata.crm_person_id", self._company | own)
        return {id_ for id_ in found if isinstance(id_, int)}

    def _is_another(self, person_id: int) -> bool:
        """Tell whether a person is another contact's today."""
        by_source = self._find(CONTACTS, {"source_id": {"$in": [person_id, str(person_id)]}})
        by_map = self._find(CRM_CONTACT_ID_MAP, {"crm_person_id": person_id})
        owners = [each["_id"] for each in by_source] or [each["customer_id"] for each in by_map]
        return bool(owners) and self.customer_id not in map(str, owners)

    @property
    def _company(self) -> dict[str, Any]:
        return {"company_sso_id": self.account.company_sso_id}

    def _find(self, collection: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.database[collection].find(self._company | query))
