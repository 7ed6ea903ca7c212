"""The page of all runs of an account: how they went, what changed, who signed (rule: report).

It is no part of what is signed, so that a sign-off can stand on it.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

from ingest.shared.mongo import CdpDatabase, server_time, translated
from ingest.shared.seeds import Account
from loaders.jobs.account_files import report_path, runs_folder
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.store import Jobs
from loaders.review.history import MOST_RUNS, Run, runs_of
from loaders.review.report.page import environment
from loaders.review.report.writing import write_whole
from loaders.review.run_diff import Change, changes, kept_runs
from loaders.verify.signoff.sign_off_state import sign_off_state

MOST_CHANGES = 100


def write_runs_page(
    database: CdpDatabase, account: Account, var_dir: Path, ended: JobDocument | None = None
) -> Path:
    """Write the index of the account's runs; return its path.

    Args:
        database: The CDP's database.
        account: The account.
        var_dir: Where its reports are.
        ended: The last job as it will have ended, where MongoDB does not know it yet.

    Raises:
        CdpError: MongoDB cannot be reached or refuses.
    """
    folder = runs_folder(var_dir, account)
    with translated():
        jobs = Jobs(database, account).newest(MOST_RUNS)
        signed = sign_off_state(database, account, report=report_path(var_dir, account))
    if ended:
        jobs = [ended if job["job_id"] == ended["job_id"] else job for job in jobs]
    differing = _changes(folder)
    page = (
        environment()
        .get_template("runs.html.j2")
        .render(
            account=account.account,
            display_name=account.display_name,
            written_at=server_time(database),
            sign_off=signed,
            rows=[_row(run, differing.get(run.job["job_id"]), folder) for run in runs_of(jobs)],
            most_changes=MOST_CHANGES,
        )
    )
    return write_whole(folder, "index.html", page)


def _changes(folder: Path) -> dict[str, list[Change]]:
    """Return what changed in each run that has one before it, by its job."""
    kept = kept_runs(folder)[-MOST_RUNS:]
    return {
        after["job"]["job_id"]: list(changes(before, after)) for before, after in pairwise(kept)
    }


def _row(run: Run, differing: list[Change] | None, folder: Path) -> dict[str, Any]:
    job = run.job
    return {
        "run": run,
        "job": job,
        "counts": job["counts"],
        "eligible_pct": job.get("eligible_accuracy_pct"),  # a run that broke off has none
        "report": f"{job['job_id']}/index.html" if (folder / job["job_id"]).is_dir() else None,
        "changes": differing,
    }
