"""Writes a few migrated logs that another service pushes (rule: push)."""

import json
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from ingest.shared.denied import allowed_fields, denied_names
from ingest.shared.indexes import check_indexes
from ingest.shared.seeds import Account, read_denied_fields
from loaders.app.endpoint import Call, Operation
from loaders.app.errors import ConflictError, InvalidRequestError
from loaders.app.log_models import Record, RecordResult, RecordResults, Records
from loaders.documents.document import TOP_LEVEL, document, is_too_large
from loaders.jobs.job_document import PUSHED
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.load.erased import is_erased

MOST_BYTES = 32 * 1024 * 1024
NOBODY = ""  # no log has this job: what is there already is never this request's own


def migrate(call: Call) -> RecordResults:
    """Write each record once, by the loader's own rules; nothing is written of an invalid request."""
    records: list[Record] = call.asked.records
    _check(records)
    denied = read_denied_fields(call.settings.seeds)
    accounts = {name: call.account(name) for name in sorted({r.company_sso_id for r in records})}
    check_indexes(call.database)
    for account in accounts.values():
        _check_no_rollback(call, account)
    push = f"{PUSHED}{uuid.uuid4()}"
    logs = {name: ActivityLogs(call.database, name) for name in accounts}
    results = [
        _erased(record)
        if is_erased(call.database, record.company_sso_id, *_person(record))
        else _result(record, logs[record.company_sso_id], push, denied)
        for record in records
    ]
    counts = Counter(result.status for result in results)
    return RecordResults(
        inserted=counts["inserted"],
        skipped=counts["skipped"],
        failed=counts["failed"],
        results=results,
    )


def _check(records: Sequence[Record]) -> None:
    for index, record in enumerate(records):
        if record.external_id != f"crm_audit_{record.metadata.crm_audit_id}":
            raise InvalidRequestError(
                f"records[{index}].external_id", "must be crm_audit_<metadata.crm_audit_id>"
            )


def _check_no_rollback(call: Call, account: Account) -> None:
    last = Jobs(call.database, account).last()
    if last and last["status"] == "rolling_back":
        message = f"job {last['job_id']} of account {account.account} is rolled back: wait for it"
        raise ConflictError("JOB_ALREADY_RUNNING", message)


def _result(record: Record, logs: ActivityLogs, push: str, denied: Collection[str]) -> RecordResult:
    sides = [{change.field: [change.from_, change.to]} for change in record.changes]
    kept = [allowed_fields(side, denied) for side in sides]
    dropped = sorted(set().union(*(denied_names(side, denied) for side in sides)))
    result = _written(record, [_change(side) for side in kept if side], logs, push)
    if dropped:
        result.denied_fields = dropped
    return result


def _person(record: Record) -> tuple[str, int | None]:
    return record.customer_id, record.metadata.crm_person_id


def _erased(record: Record) -> RecordResult:
    return RecordResult(external_id=record.external_id, status="skipped", reason="erased")


def _change(side: Mapping[str, Any]) -> dict[str, Any]:
    ((field, (before, after)),) = side.items()
    return {"field": field, "from": before, "to": after}


def _written(
    record: Record, changes: Sequence[Mapping[str, Any]], logs: ActivityLogs, push: str
) -> RecordResult:
    """Write one record; say its status, and the reason where it was not inserted."""
    told = partial(RecordResult, external_id=record.external_id)
    if not changes and _says_only_changes(record):
        return told(status="skipped", reason="no_changes")
    row = _row(record, json.dumps(changes))
    made = document(row, record.metadata.job_id or push)
    if is_too_large(made, row["changes"]):
        return told(status="failed", reason="document_too_large")
    written = logs.write([made], NOBODY)
    if written.failures:
        reason: Any = written.failures[0].reason  # one of those that the model lists
        return told(status="failed", reason=reason)
    if written.migrated:
        return told(status="inserted")
    return told(status="skipped", reason="duplicate_external_id")


def _says_only_changes(record: Record) -> bool:
    """Tell whether nothing is left to show of a record without changes (rule: no_changes)."""
    return record.metadata.audit_action == "update" and not (record.metadata.comment or "").strip()


def _row(record: Record, changes: str) -> dict[str, Any]:
    """Return the record as a row of the mart ``activity_logs``."""
    return {name: getattr(record, name) for name in TOP_LEVEL} | {
        "actor": record.actor.model_dump(),
        "changes": changes,
        "created_at": record.created_at,
        "metadata": record.metadata.model_dump(exclude={"job_id", "content_hash"}),
    }


RECORDS = (
    Operation(
        method="POST",
        path="/private/activity_logs/migrate",
        name="migrateRecords",
        summary="Write up to 20 migrated activity logs, each once.",
        description=(
            "The same rules as a run's: a log that is there is skipped, whatever it holds, a "
            "document of somebody else under its key is a `foreign_document`, and none is ever "
            "overwritten. Denied fields are dropped at any depth, and named in the result."
        ),
        auth="basic",
        body=Records,
        answer=RecordResults,
        errors={
            404: "`UNKNOWN_ACCOUNT`: of one of the records; none is written.",
            409: "`JOB_ALREADY_RUNNING`: an account is being rolled back.",
        },
        limit=MOST_BYTES,
        handle=migrate,
    ),
)
