"""The operations pages tell who signed a run, and what has voided it (rules: sign-off, pages)."""

from typing import Any

from ingest.shared.seeds import read_accounts
from loaders.load.collection import ActivityLogs
from loaders.transform.provenance import mapping_hashes
from loaders.verify.signoff.hashes import documents_fingerprint, documents_hash
from tests.loaders.app.conftest import Service
from tests.loaders.app.filling import NEWEST, fill_contact, migrated_log, put_job


def signed_job(service: Service) -> None:
    """Put a job that was signed on what there is now."""
    account = read_accounts(service.settings.seeds)["demo-small"]
    logs = ActivityLogs(service.database, account.company_sso_id)
    inputs: dict[str, Any] = {
        "seeds_sha256": mapping_hashes(account, service.settings.seeds),
        "documents_sha256": documents_hash(logs),
        "documents_fingerprint": documents_fingerprint(logs),
        "document_count": logs.count(),
        "source_count": 2000,
        "page_sha256": None,
        "mart_fingerprint": None,
    }
    sign_off = {"by": "Ana Lyst", "at": NEWEST, "note": "", "report_sha256": None, "inputs": inputs}
    put_job(service.database, "signed_off", sign_off=sign_off)


def test_a_sign_off_is_shown_until_a_document_changes(service: Service) -> None:
    """The account's page names the person; afterwards it says that it is void, and why."""
    fill_contact(service.database, migrated_log(1))
    signed_job(service)
    with service.as_service() as client:
        page = client.get("/ops/demo-small").text
        assert "Signed by Ana Lyst at 2024-05-04 10:30:00 UTC" in page
        service.database.activity_logs.update_one(
            {"external_id": "crm_audit_1"}, {"$set": {"action": "won"}}
        )
        page = client.get("/ops/demo-small").text
        assert "Sign-off void: documents changed in content" in page
