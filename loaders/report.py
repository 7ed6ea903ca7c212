"""The reconciliation report: one self-contained page and the same as JSON (spec §10)."""

import json
import platform
from collections import Counter
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loaders.accounts import Account, seed_hashes
from loaders.lease import now
from loaders.transform import test_results
from loaders.warehouse import Warehouse

TEMPLATES = Path(__file__).parent / "templates"
LIBRARIES = ("dlt", "dbt-core", "dbt-duckdb", "duckdb", "pymongo", "psycopg", "pyarrow")
DECLARED_LOSSES = (
    "MongoDB keeps milliseconds: microseconds of created_at are cut.",
    "Integers beyond 64 bits, and values that BSON cannot hold, are strings.",
)
TABLES = {
    "balance": "select * from reconciliation.balance order by hop_number",
    "out_of_scope": "select * from reconciliation.out_of_scope_by_type order by all",
    "reasons": (
        "select * from reconciliation.outcomes_by_reason where outcome <> 'ready' "
        "order by outcome, audit_count desc, reason"
    ),
    "categories": "select * from reconciliation.outcomes_by_category order by all",
    "months": "select * from reconciliation.outcomes_by_month order by created_month",
    "denied_fields": "select * from reconciliation.denied_fields_by_name order by all",
    "actors": (
        "select actor_type, count(*) as audit_count from marts.audit_outcomes "
        "where outcome = 'ready' group by all order by audit_count desc, actor_type"
    ),
    "contact_sources": (
        "select contact_source, count(*) as audit_count from marts.audit_outcomes "
        "where outcome = 'ready' group by all order by audit_count desc, contact_source"
    ),
    "parsers": (
        "select parser, count(*) as audit_count from marts.audit_outcomes "
        "group by all order by audit_count desc, parser"
    ),
    "load_failures": (
        "select reason, count(*) as audit_count, min(audit_id, 5) as sample_audit_ids "
        "from readback.load_failures group by all order by all"
    ),
    "differences": (
        "select difference, count(*) as log_count, min(external_id, 5) as sample_external_ids "
        "from reconciliation.fidelity_differences group by all order by all"
    ),
    "source_counts": "select * from readback.source_counts",
}


def report_path(var_dir: Path, account: Account) -> Path:
    """Return where the account's report is."""
    return var_dir / account.account / "report" / "index.html"


def write_report(
    warehouse: Warehouse, var_dir: Path, account: Account, job: dict[str, Any]
) -> Path:
    """Write ``index.html`` and ``report.json``; return the page's path.

    Args:
        warehouse: The account's open warehouse, reconciled.
        var_dir: Where reports go.
        account: The account.
        job: The job that it reports.
    """
    content = report_content(warehouse, var_dir / account.account, account, job)
    path = report_path(var_dir, account)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path.with_name("report.json"), json.dumps(content, indent=2, default=_text) + "\n")
    _write(path, rendered(content))
    return path


def report_content(
    warehouse: Warehouse, folder: Path, account: Account, job: dict[str, Any]
) -> dict[str, Any]:
    """Return all that the report tells, without any personal data."""
    tables = {name: warehouse.rows(query) for name, query in TABLES.items()}
    shown = {name: value for name, value in job.items() if name not in ("_id", "lease")}
    return {
        "account": account.account,
        "display_name": account.display_name,
        "company_sso_id": account.company_sso_id,
        "written_at": now(),
        "job": shown,
        **tables,
        "dbt_tests": Counter(result["status"] for result in test_results(folder)),
        "declared_losses": DECLARED_LOSSES,
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in LIBRARIES},
        "seeds_sha256": seed_hashes(),
    }


def rendered(content: dict[str, Any]) -> str:
    """Render the page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    return environment.get_template("report.html.j2").render(content)


def _write(path: Path, text: str) -> None:
    """Write as a whole or not at all: a killed report leaves the old one."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _number(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
