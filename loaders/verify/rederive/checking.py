"""The second, independent check: a random sample derived anew and compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings
from loaders.documents.document import Document
from loaders.load.collection import ActivityLogs
from loaders.load.expected import Expected
from loaders.transform.warehouse import Warehouse
from loaders.verify.rederive.comparison import Difference, Outside, differences
from loaders.verify.rederive.contacts import CdpContacts
from loaders.verify.rederive.derivation import Derived, derived
from loaders.verify.rederive.facts import Audit
from loaders.verify.rederive.gathering import Origins, known_now, known_then
from loaders.verify.rederive.landed import Landed
from loaders.verify.rederive.rules import Rules, read_rules
from loaders.verify.rederive.source import Source
from loaders.verify.source_count import crm_session, scope_values

DEFAULT_SIZE = 200
ROWS = pa.schema(
    [("audit_id", pa.int64())]
    + [(name, pa.string()) for name in ("external_id", "field", "expected", "actual")]
)
OUTCOMES = """
select audit_id, outcome || coalesce('(' || reason || ')', '') as words
from marts.audit_outcomes
where audit_id in (select unnest(?::bigint[]))
"""
LOAD_FAILURES = """
select audit_id from readback.load_failures where audit_id in (select unnest(?::bigint[]))
"""
DRIFTED = """
select distinct external_id from reconciliation.drift
where external_id in (select unnest(?::varchar[]))
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """How many audits to draw, and what makes the draw repeatable."""

    size: int
    seed: str


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """What the check found.

    Attributes:
        compared_count: Sampled audits that were compared.
        changed_count: Those that were not, since the source is no longer as it was extracted.
        differing_count: Audits that differ somewhere.
    """

    compared_count: int
    changed_count: int
    differing_count: int

    @property
    def figures(self) -> dict[str, int]:
        """The figures of the job and the report."""
        return {
            "sample_count": self.compared_count,
            "sample_changed_since": self.changed_count,
            "sample_differences": self.differing_count,
        }

    @property
    def problem(self) -> str:
        """Say in one line what is wrong; empty when all is good or there was no audit at all."""
        if self.differing_count:
            return (
                f"{self.differing_count:,} of {self.compared_count:,} sampled audits differ from "
                "their second derivation"
            )
        if self.changed_count and not self.compared_count:
            return (
                f"no sampled audit could be compared: all {self.changed_count:,} changed at the "
                "source after the extract"
            )
        return ""


def check_sample(
    settings: Settings,
    account: Account,
    database: CdpDatabase,
    warehouse: Warehouse,
    sample: Sample,
) -> SampleVerdict:
    """Derive a sample of the account's audits anew; keep the differences in ``readback``.

    Args:
        settings: Where PostgreSQL is, and its names.
        account: The account.
        database: The CDP's database.
        warehouse: The account's open warehouse, loaded.
        sample: How much, and which.

    Raises:
        CrmError: PostgreSQL cannot be reached or refuses.
        CdpError: MongoDB cannot be reached or refuses.
    """
    rules = read_rules(account)
    scope = scope_values(account, rules.types, warehouse.mart().cutoff)
    logs = ActivityLogs(database, account.company_sso_id)
    rows, compared, changed = list[Difference](), 0, 0
    with crm_session(settings) as session:
        source = Source(session, settings, scope)
        origins = Origins(source, CdpContacts(database, account.company_sso_id), Landed(warehouse))
        sampled = source.sampled_ids(sample.size, sample.seed)
        for ids in origins.landed.parts(sampled):
            audits = source.audits(ids)
            unchanged = _derived_unchanged(origins, audits, rules, account.company_sso_id)
            outside = _outside(warehouse, logs, unchanged)
            rows += [row for each in unchanged for row in differences(each, outside, rules.denied)]
            compared, changed = compared + len(unchanged), changed + len(audits) - len(unchanged)
    _keep(warehouse, rows)
    return SampleVerdict(compared, changed, len({row.audit_id for row in rows}))


def _derived_unchanged(
    origins: Origins, audits: dict[int, Audit], rules: Rules, company_sso_id: str
) -> list[Derived]:
    """Derive the audits of which the source still says what it said to the extract.

    That is the audit itself, and all that was known of its actor, person and contact.
    """
    staged = origins.landed.audits(audits)
    same = [audit for audit in audits.values() if staged.get(audit.id) == audit]
    now, then = known_now(origins, same, rules), known_then(origins, same, rules)
    both = (
        (derived(audit, rules, now, company_sso_id), derived(audit, rules, then, company_sso_id))
        for audit in same
    )
    return [by_now for by_now, by_then in both if by_now == by_then]


def _outside(warehouse: Warehouse, logs: ActivityLogs, found: Sequence[Derived]) -> Outside:
    ids = [each.audit.id for each in found]
    with translated():
        documents = logs.find([each.audit.external_id for each in found])
    return Outside(
        documents=_as_made_today(warehouse, documents),
        outcomes={row["audit_id"]: row["words"] for row in warehouse.rows(OUTCOMES, (ids,))},
        load_failures={row["audit_id"] for row in warehouse.rows(LOAD_FAILURES, (ids,))},
    )


def _as_made_today(warehouse: Warehouse, documents: dict[str, Document]) -> dict[str, Document]:
    """Put what the mart makes in the place of documents that have drifted, which is no difference."""
    drifted = {row["external_id"] for row in warehouse.rows(DRIFTED, (list(documents),))}
    made = Expected(warehouse).documents(drifted) if drifted else {}
    kept = {key: each for key, each in documents.items() if key not in drifted}
    return kept | made


def _keep(warehouse: Warehouse, found: Iterable[Difference]) -> None:
    rows = [row._asdict() for row in found]
    warehouse.execute("delete from readback.sample_differences")
    warehouse.insert("readback.sample_differences", pa.Table.from_pylist(rows, schema=ROWS))
