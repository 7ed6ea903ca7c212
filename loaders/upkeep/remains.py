"""Lists what there is of an account once its staging is gone (rule: security)."""

from collections.abc import Iterator
from pathlib import Path

from ingest.shared.indexes import (
    ACTIVITY_LOGS,
    CRM_CONTACT_ID_MAP,
    ERASURES,
    ERRANDS,
    FAILURES,
    FENCES,
    JOBS,
    PROBES,
)
from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import Account

FILES = {
    "report": "the last report: audit ids with reasons, ids of contacts, names of fields",
    "runs": "the report of every run, with dbt's manifest and results",
    "preview": "the report of a dry run",
    "docs": "dbt's docs: tables, columns and tests, no row",
    "probe.json": "the gates of the last probe, with ids of contacts",
}
KEYS = ("company_sso_id", "_id.company_sso_id")
UNKNOWN = "not known to this command: look at it, and remove it by hand"
COLLECTIONS = (ACTIVITY_LOGS, CRM_CONTACT_ID_MAP, JOBS, FENCES, PROBES, ERRANDS, FAILURES, ERASURES)


def remains(database: CdpDatabase, account: Account, folder: Path) -> Iterator[str]:
    """Yield a line for each file or folder of the account, and for each collection that names it."""
    for path in sorted(folder.glob("*")):
        yield f"{path}: {FILES.get(path.name, UNKNOWN)}"
    overview = folder.parent / "overview"
    if overview.exists():
        yield f"{overview}: the page about all accounts, with counts"
    company = account.company_sso_id
    for name in COLLECTIONS:
        with translated():
            count = database[name].count_documents({"$or": [{key: company} for key in KEYS]})
        if count:
            yield f"MongoDB {name}: {count:,} documents of the company"
