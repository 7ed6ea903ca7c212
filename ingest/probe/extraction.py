"""Whether the extract reads the CRM by an index, a page at a time (rule: gates).

The probe explains exactly the query that the extract runs. A scan of the whole table for every
page slows the CRM down for its users, so it fails the gate. A scan by an index that reads far
more than the page, e.g. all accounts' audits in the order of their ids, is a warning: it reads
the table once in the whole extract, not once a page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ingest.probe.gates import Gate, Requirement
from ingest.settings import SourceSettings
from ingest.sources.crm import Crm

MANY_ROWS = 1_000_000
IDENTIFIER_LENGTH = 63
EXTRACTION = Requirement("extraction query", f"no scan of more than {MANY_ROWS:,} audits")

RELATIONS = """
    select
        greatest(pg_class.reltuples, 0)::bigint as row_count,
        pg_class.oid = to_regclass($3)::oid as is_configured,
        exists (
            select from pg_attribute
            where pg_attribute.attrelid = pg_class.oid and pg_attribute.attname = $4
            and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
        ) as has_tenant
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where pg_namespace.nspname = $1 and pg_class.relname = $2
"""


@dataclass(frozen=True, slots=True)
class Scan:
    """How the page's query reads one table, and how large that is.

    ``is_configured`` says that it is the relation of the settings, not a table behind a view;
    ``has_tenant`` that it has the tenant's column itself.
    """

    kind: str
    schema: str
    relation: str
    read_count: int
    row_count: int
    is_configured: bool = False
    has_tenant: bool = False


def extraction_gate(crm: Crm, settings: SourceSettings, *, many_rows: int = MANY_ROWS) -> Gate:
    """Explain the first page; fail a sequential scan of a large table.

    Args:
        crm: The CRM, with its scope bound.
        settings: Names of the relation and of the tenant column.
        many_rows: A table with more rows is large; so is a page that reads more.
    """
    explained = crm.session.plan(crm.page_query(-1))
    scans = [_sized(crm, settings, scan) for scan in _scans(explained["Plan"])]
    sequential = [scan for scan in scans if scan.kind == "Seq Scan"]
    scanned = sum(scan.row_count for scan in sequential)
    read = sum(scan.read_count for scan in scans)
    details = {"execution_ms": explained["Execution Time"], "plan": explained["Plan"]}
    found = ", ".join(sorted({f"{scan.kind} of {scan.relation}" for scan in scans}))
    found += f", {read:,} rows read in {details['execution_ms']:,.0f} ms"
    if max(scanned, read) <= many_rows:
        return EXTRACTION.passed(found, **details)
    say, slow = (
        (EXTRACTION.failed, sequential) if scanned > many_rows else (EXTRACTION.warned, scans)
    )
    large = [scan for scan in slow if scan.row_count > many_rows] or slow
    remedies = [_remedy(settings, scan) for scan in large]
    return say(found, f"ask the CRM's owners: {' '.join(remedies)}", remedies=remedies, **details)


def _scans(node: dict[str, Any]) -> Iterator[Scan]:
    if "Relation Name" in node:
        rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
        read_count = round(rows * node.get("Actual Loops", 1))
        yield Scan(node["Node Type"], node["Schema"], node["Relation Name"], read_count, read_count)
    for child in node.get("Plans", ()):
        yield from _scans(child)


def _sized(crm: Crm, settings: SourceSettings, scan: Scan) -> Scan:
    """Add what the planner knows of a table; nothing of one that another server holds."""
    tenant = settings.tenant_column.strip('"')
    parameters = (scan.schema, scan.relation, settings.audits_relation, tenant)
    return next(
        (
            replace(
                scan,
                row_count=max(row["row_count"], scan.read_count),
                is_configured=row["is_configured"],
                has_tenant=row["has_tenant"],
            )
            for row in crm.session.rows(RELATIONS, parameters)
        ),
        scan,
    )


def _remedy(settings: SourceSettings, scan: Scan) -> str:
    """Return the statement that makes a page cheap; a view's index is one of its tables'."""
    table = f"{_quoted(scan.schema)}.{_quoted(scan.relation)}"
    tenant = settings.tenant_column.strip('"')
    if tenant and not scan.has_tenant:
        return (
            f"an index on what {settings.audits_relation} joins {table} by, and id: "
            f"the view takes {tenant} from another table;"
        )
    columns = [*filter(None, [tenant]), "id"]
    name = "_".join([scan.relation, *columns])[:IDENTIFIER_LENGTH]
    relation = settings.audits_relation if scan.is_configured else table
    keys = ", ".join(map(_quoted, columns))
    return f"CREATE INDEX CONCURRENTLY {_quoted(name)} ON {relation} ({keys});"


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
