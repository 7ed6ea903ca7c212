"""Who was to be forgotten gets no log any more (rule: right to delete)."""

from ingest.shared.indexes import ERASURES
from ingest.shared.mongo import CdpDatabase


def is_erased(
    database: CdpDatabase, company_sso_id: str, customer_id: str, crm_person_id: int | None
) -> bool:
    """Tell whether a contact, or the person whom a log is about, was to be forgotten."""
    noted = [{"customer_id": customer_id}, {"crm_person_ids": crm_person_id}]
    query = {"company_sso_id": company_sso_id, "$or": noted[: 1 + (crm_person_id is not None)]}
    return database[ERASURES].find_one(query) is not None
