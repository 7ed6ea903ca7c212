"""Reads MongoDB back, compares it with the mart, and closes the sum (rule: reconciliation)."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ingest.shared.errors import MigrationError
from ingest.shared.long_texts import LONG
from ingest.shared.mongo import translated
from ingest.shared.progress import Progress
from loaders.documents.document import Digest, Document, document, field_differences
from loaders.documents.layout import StoredKeys, key_of
from loaders.documents.long_values import restored
from loaders.errors import NothingToDoError, ReconciliationError
from loaders.load.collection import ActivityLogs
from loaders.load.expected import Expected
from loaders.transform.warehouse import Warehouse

MOST_DETAILED, DETAILED_AT_ONCE = 1_000, 20
FIGURES = (
    "accuracy_pct",
    "explained_pct",
    "eligible_accuracy_pct",
    "fidelity_pct",
    "source_count_now",
    "mongo_count",
    "kept_count",
)

STORED = pa.schema([(name, pa.string()) for name in ("external_id", "stored_hash", "actual_hash")])
SHOWN = pa.schema(
    [
        ("external_id", pa.string()),
        ("audit_id", pa.int64()),
        ("category", pa.string()),
        ("action", pa.string()),
        ("created_at", pa.timestamp("us")),
    ]
)
# A log of the mart's hash has the mart's values; only of the others they have to be read.
UNLIKE_THE_MART = """
select stored.external_id
from readback.stored
anti join readback.expected_hashes as expected
    on stored.external_id = expected.external_id
    and stored.actual_hash = expected.content_hash
order by stored.external_id
"""
FILL = """
insert into readback.activity_logs by name
select
    stored.*,
    expected.content_hash as expected_hash,
    if(shown.external_id is null, logs.audit_id, shown.audit_id) as audit_id,
    if(shown.external_id is null, logs.category, shown.category) as category,
    if(shown.external_id is null, logs.action, shown.action) as action,
    if(shown.external_id is null, logs.created_at, shown.created_at) as created_at
from readback.stored
left join readback.expected_hashes as expected using (external_id)
left join marts.activity_logs as logs on expected.audit_id = logs.audit_id
left join readback.shown using (external_id)
"""
DETAILS = pa.schema(
    [(name, pa.string()) for name in ("external_id", "field", "expected", "actual")]
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reconciliation found, as the job and the report tell it (rule: reconciliation).

    ``sample_problem`` is what the second derivation of a sample found; empty when nothing.
    """

    figures: dict[str, Any]
    open_hops: tuple[str, ...]
    differences: dict[str, int]
    audit_count: int
    sample_problem: str = ""

    @property
    def problem(self) -> str:
        """Say in one line what does not close or differs; empty when all is good."""
        found = []
        if self.open_hops:
            found.append(f"the balance does not close at: {', '.join(self.open_hops)}")
        if self.differences:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.differences.items())
            found.append(f"MongoDB differs from the mart: {kinds}")
        if self.sample_problem:
            found.append(self.sample_problem)
        return "; ".join(found)

    @property
    def error(self) -> MigrationError | None:
        """What fails a run: the sum does not close, something differs, or nothing was verified.

        An account whose audits are all skipped or failed by a rule has no document to compare;
        its sum closes, so it is verified. Without any audit there is nothing to verify.
        """
        if self.problem:
            return ReconciliationError(
                f"{self.problem}; see reconciliation.balance, fidelity_differences and "
                "sample_differences"
            )
        if not self.audit_count:
            return NothingToDoError("nothing to verify: the account has no audit in scope")
        return None

    def raise_unless_good(self) -> None:
        """Fail with what fails a run.

        Raises:
            ReconciliationError: The sum does not close, or a document differs.
            NothingToDoError: There is no audit at all.
        """
        if self.error:
            raise self.error


def reconcile(
    warehouse: Warehouse, logs: ActivityLogs, count_source: Callable[[], int], progress: Progress
) -> Verdict:
    """Fill ``readback`` from MongoDB and PostgreSQL and judge what it shows.

    Args:
        warehouse: The account's open warehouse.
        logs: The account's collection.
        count_source: Counts the audits in scope in PostgreSQL.
        progress: Told of every document read.
    """
    digest = Digest()
    Expected(warehouse).complete()
    with translated(), ThreadPoolExecutor(1) as pool:
        _read_back(warehouse, logs, digest, progress)
        counted = pool.submit(logs.count)
        _compare(warehouse, logs)
        counts = (logs.moment(), count_source(), counted.result())
        warehouse.execute("delete from readback.source_counts")
        warehouse.execute("insert into readback.source_counts values (?, ?, ?)", counts)
        _detail_differences(warehouse, logs)
    return _verdict(warehouse, digest)


def _read_back(
    warehouse: Warehouse, logs: ActivityLogs, digest: Digest, progress: Progress
) -> None:
    stored_keys = StoredKeys(logs.company_sso_id)
    stored = map(stored_keys.read, _digested(logs.read_raw(), digest))
    for count in warehouse.fill("readback.stored", stored, STORED):
        progress.advance(count)


def _compare(warehouse: Warehouse, logs: ActivityLogs) -> None:
    """Join the mart's hashes to the stored ones, and the values of what is not alike."""
    unlike = warehouse.arrow_batches(UNLIKE_THE_MART, ())
    keys = (key for batch in unlike for key in batch.column(0).to_pylist())
    shown = (_shown(found) for found in logs.find_all(keys))
    for _ in warehouse.fill("readback.shown", shown, SHOWN):
        pass
    warehouse.execute("delete from readback.activity_logs")
    warehouse.execute(FILL)
    warehouse.execute("drop table readback.stored")
    warehouse.execute("drop table readback.shown")


def _digested(raws: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """Hash the very bytes that are compared, as they pass (a sign-off names them)."""
    for raw in raws:
        digest.add(raw)
        yield raw


def _shown(found: Document) -> tuple[Any, ...]:
    metadata = found.get("metadata")
    audit_id = metadata.get("crm_audit_id") if isinstance(metadata, dict) else None
    created_at = found.get("created_at")
    return (
        key_of(found),
        audit_id if isinstance(audit_id, int) else None,
        str(found.get("category")),
        str(found.get("action")),
        created_at if hasattr(created_at, "year") else None,
    )


def _detail_differences(warehouse: Warehouse, logs: ActivityLogs) -> None:
    """Keep ``field, expected, actual`` of documents whose content differs."""
    warehouse.execute("delete from readback.field_differences")
    query = (
        "select external_id from reconciliation.fidelity_differences "
        "where difference = 'content' order by external_id limit ?"
    )
    external_ids = [row["external_id"] for row in warehouse.rows(query, (MOST_DETAILED,))]
    for first in range(0, len(external_ids), DETAILED_AT_ONCE):
        details = _details(warehouse, logs, external_ids[first : first + DETAILED_AT_ONCE])
        warehouse.insert(
            "readback.field_differences", pa.Table.from_pylist(details, schema=DETAILS)
        )


def _details(
    warehouse: Warehouse, logs: ActivityLogs, external_ids: list[str]
) -> list[dict[str, str]]:
    actual = logs.find(external_ids)
    expected = warehouse.rows(
        "select * from marts.activity_logs where list_contains(?, external_id)", (external_ids,)
    )
    long = warehouse.long_texts(LONG, [row["audit_id"] for row in expected])
    made = (document(restored(row, long.get(row["audit_id"], {})), "") for row in expected)
    return [
        dict(zip(DETAILS.names, (each["external_id"], *difference), strict=True))
        for each in made
        for difference in _differences(each, actual.get(each["external_id"], {}))
    ]


def _differences(expected: Document, actual: Document) -> list[tuple[str, Any, Any]]:
    """Return the fields that differ; the hash, when it alone is not its content's."""
    found = field_differences(expected, actual)
    if found:
        return found
    right, stored = (each["metadata"].get("content_hash") for each in (expected, actual))
    if stored == right:
        return [("(order of fields)", "the mart's", "another")]
    return [("metadata.content_hash", right, str(stored))]


def _verdict(warehouse: Warehouse, digest: Digest) -> Verdict:
    """Read what the models of the schema ``reconciliation`` say; no figure is made here."""
    found = warehouse.rows("select * from reconciliation.figures")[0]
    hops = warehouse.rows("select hop from reconciliation.balance where not is_closed")
    kinds = warehouse.rows("select * from reconciliation.differences_by_kind order by difference")
    differences = {row["difference"]: row["log_count"] for row in kinds}
    figures = {name: found[name] for name in FIGURES}
    figures |= {"differences": differences, "documents_sha256": digest.hexdigest()}
    open_hops = tuple(row["hop"] for row in hops)
    return Verdict(figures, open_hops, differences, found["classified_count"])
