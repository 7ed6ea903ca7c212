"""All accounts on one page: gates, last run, figures, sign-off (rule: report)."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.shared.mongo import CdpDatabase, server_time, translated
from ingest.shared.seeds import SEEDS, Account, read_accounts
from loaders.jobs.account_files import report_path
from loaders.jobs.gates import last_probe
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.store import Jobs
from loaders.review.report.page import environment
from loaders.review.report.writing import write_pair
from loaders.verify.signoff.sign_off_state import SignOffState, sign_off_state

FIGURES = ("accuracy_pct", "eligible_accuracy_pct", "explained_pct", "fidelity_pct", "current_pct")
JOB = ("job_id", "status", "requested_by", "started_at", "finished_at", "error")
GOOD = ("completed", "signed_off")
BAD = ("failed", "halted", "rollback_failed")


def write_overview(database: CdpDatabase, var_dir: Path, seeds: Path = SEEDS) -> Path:
    """Write ``overview/index.html`` and ``overview.json``; return the page's path.

    Args:
        database: The CDP's database.
        var_dir: Where reports are.
        seeds: Where the seeds are.

    Raises:
        CdpError: MongoDB cannot be reached or refuses.
    """
    facts: dict[str, Any] = {
        "written_at": server_time(database),
        "accounts": [
            _row(database, var_dir, account, seeds) for account in read_accounts(seeds).values()
        ],
    }
    text = json.dumps(facts, indent=2, default=_text) + "\n"
    shown = [row | {"tone": _tone(row)} for row in facts["accounts"]]
    page = environment().get_template("overview.html.j2").render(facts | {"accounts": shown})
    return write_pair(var_dir / "overview", ("overview.json", text), ("index.html", page))


def _row(database: CdpDatabase, var_dir: Path, account: Account, seeds: Path) -> dict[str, Any]:
    report = report_path(var_dir, account)
    with translated():
        job: JobDocument = Jobs(database, account).last() or {}
    probe = last_probe(database, account)
    signed = sign_off_state(database, account, seeds=seeds, report=report)
    return {
        "account": account.account,
        "display_name": account.display_name,
        "company_sso_id": account.company_sso_id,
        "is_enabled": account.migration_enabled,
        "gates": _gates(probe) if probe else None,
        "status": job.get("status", "not_started"),
        "job": {name: job.get(name) for name in JOB} if job else None,
        "figures": {name: job.get(name) for name in FIGURES},
        "sign_off": _signed(signed) if signed else None,
        "report": f"../{account.account}/report/index.html" if report.exists() else None,
    }


def _gates(probe: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "passed": probe["passed"],
        "probed_at": probe["probed_at"],
        "failed": [gate["gate"] for gate in probe["gates"] if gate["verdict"] == "fail"],
    }


def _signed(signed: SignOffState) -> dict[str, Any]:
    return {
        "is_valid": signed.is_valid,
        "by": signed.by,
        "at": signed.at,
        "changes": signed.changes,
        "line": signed.line,
    }


def _tone(row: Mapping[str, Any]) -> str:
    if row["status"] in GOOD:
        return "good"
    return "bad" if row["status"] in BAD else "calm"


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
