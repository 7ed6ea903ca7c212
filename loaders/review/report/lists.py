"""The lists beside the report, for a spreadsheet: ids and reasons, no personal data (rule: report)."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from loaders.jobs.reasons import REASONS
from loaders.review.csv_files import write_csv
from loaders.transform.warehouse import Warehouse

TO_DO = "what_to_do"
NOT_MIGRATED = "not_migrated.csv"
TO_MEND = "contacts_to_mend.csv"
LISTS = {
    NOT_MIGRATED: (
        "select audit_id, auditable_type, auditable_id, audit_action, outcome, reason, "
        "reason_detail, crm_person_id, "
        "strftime(created_at, '%Y-%m-%dT%H:%M:%S.%fZ') as created_at "
        "from reconciliation.audits_not_migrated order by audit_id"
    ),
    TO_MEND: (
        "select crm_person_id, contact_count, audit_count, "
        "array_to_string(sample_audit_ids, ' ') as sample_audit_ids, reason "
        "from reconciliation.contacts_to_mend order by audit_count desc, crm_person_id"
    ),
}


def write_lists(warehouse: Warehouse, folder: Path) -> None:
    """Write every audit that did not move, and every contact to mend, with what to do.

    Args:
        warehouse: The account's open warehouse, reconciled.
        folder: Where the report is.

    Raises:
        UsageError: A file cannot be written.
    """
    for name, query in LISTS.items():
        columns = warehouse.table(f"select * from ({query}) limit 0", {}).schema  # noqa: S608 - ours # nosec B608
        schema = columns.append(pa.field(TO_DO, pa.string()))
        write_csv(folder / name, schema, _with_remedies(warehouse.arrow_batches(query, ())))


def _with_remedies(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        told = [REASONS[reason].remedy for reason in batch.column("reason").to_pylist()]
        yield batch.append_column(TO_DO, pa.array(told, pa.string()))
