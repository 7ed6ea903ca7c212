"""Which of an account's migrated logs a rollback deletes (rules: rollback, right to delete)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loaders.load.collection import ActivityLogs

ALL, CONTACT = "all", "contact"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which logs are meant.

    Args:
        what: ``all``, ``drift``, ``differences`` or ``contact``.
        ids: The ``_id`` of each; none where all of them are meant.
        noted: What a job has to note, so that a killed rollback can go on.
    """

    what: str = ALL
    ids: Sequence[Any] | None = None
    noted: Mapping[str, Any] | None = None

    @property
    def note(self) -> dict[str, Any]:
        """What stands in the job of it."""
        return {"only": self.what, **(self.noted or {})}


def contact_selection(
    logs: ActivityLogs, customer_id: str, crm_person_ids: Sequence[int]
) -> Selection:
    """Select the logs of a contact, under whatever contact its persons' logs were written."""
    query = {
        "$or": [
            {"customer_id": customer_id},
            {"metadata.crm_person_id": {"$in": list(crm_person_ids)}},
        ]
    }
    noted = {"customer_id": customer_id, "crm_person_ids": list(crm_person_ids)}
    return Selection(CONTACT, logs.ids_of(query), noted)


def noted_selection(logs: ActivityLogs, note: Mapping[str, Any] | None) -> Selection:
    """Select what is left of a killed rollback, by the note in its job.

    What drifted or differed is not known without reconciling anew: such a rollback ends with what
    it deleted, and nothing more goes.
    """
    if note is None or note["only"] == ALL:
        return Selection()
    if note["only"] == CONTACT:
        return contact_selection(logs, note["customer_id"], note["crm_person_ids"])
    return Selection(note["only"], (), None)
