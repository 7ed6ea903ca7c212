"""What became of an account's audits, in three lines; of many accounts, a line each."""

import json
from collections.abc import Iterator, Mapping, Sequence

from ingest.shared.seeds import Account
from ingest.shared.text import one_line, printable
from loaders.jobs.drift import denied_line
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.job_document import ACTIVE
from loaders.jobs.progress import progress_of
from loaders.jobs.reasons import REASONS
from loaders.jobs.shares import share_text

TOLD = (
    ("eligible", "eligible_accuracy_pct"),
    ("accuracy", "accuracy_pct"),
    ("fidelity", "fidelity_pct"),
)
OF_A_LINE = ("status", "eligible_accuracy_pct")
"""What `account_lines` asks of a job."""


def summary_lines(account: str, job: JobDocument | None) -> Iterator[str]:
    """Yield what became of an account's audits: state and figures, the sum, each reason.

    Args:
        account: The account.
        job: Its last job.
    """
    return map(printable, _summary(account, job))


def _summary(account: str, job: JobDocument | None) -> Iterator[str]:
    if job is None:
        yield f"{account}: not started; `make probe ACCOUNT={account}`"
        return
    counts = job["counts"]
    stored = counts["migrated"] + counts["already_present"]
    told = ", ".join(
        f"{name} {share_text(job[key])}" for name, key in TOLD if job.get(key) is not None
    )
    drift = job.get("drift") or {}
    if "denied" in drift:
        yield one_line(f"DENIED FIELDS: {denied_line(account, drift['denied'])}")
    yield one_line(f"{account}: {_state(job)}" + (f", {told}" if told else ""))
    yield (
        f"  source {counts['source']:,} = migrated {stored:,} "
        f"+ skipped {counts['skipped']:,} + failed {counts['failed']:,}"
    )
    for outcome, reasons in sorted(_reasons(job).items()):
        yield f"  {outcome}: {', '.join(reasons)}"
    if drift:
        yield one_line(f"  drift: {', '.join(f'{cause} {n:,}' for cause, n in drift.items())}")
    for forced in (event for event in job["events"] if event["what"] == "force"):
        yield one_line(f"  forced by {forced['who']}: {forced['detail']}")
    if job.get("error"):
        yield one_line(f"  error: {job['error']}")
    if job.get("report"):
        yield f"  report: {job['report']}"


def _state(job: JobDocument) -> str:
    status = str(job["status"]).replace("_", " ")
    if job["status"] not in ACTIVE:
        return status
    return f"{status}, {job['phase']}, {progress_of(job):.0f} % since {job['started_at']:%H:%M} UTC"


def _reasons(job: JobDocument) -> dict[str, list[str]]:
    """Return each outcome's reasons with their counts; what was there already is no outcome."""
    found: dict[str, list[str]] = {}
    for reason, count in sorted(job["reasons"].items(), key=lambda each: (-each[1], each[0])):
        outcome = REASONS[reason].outcome if reason in REASONS else "failed"
        if outcome != "present":
            found.setdefault(outcome, []).append(f"{reason} {count:,}")
    return found


def account_lines(accounts: Sequence[Account], jobs: Mapping[str, JobDocument]) -> Iterator[str]:
    """Yield a line for each account: its state, its figure, when.

    Args:
        accounts: The accounts of the seed.
        jobs: The newest job of each company.
    """
    width = max((len(account.account) for account in accounts), default=0)
    for account in accounts:
        job = jobs.get(account.company_sso_id)
        yield one_line(f"{account.account:<{width}}  {_in_a_line(job)}  {account.display_name}")


def _in_a_line(job: JobDocument | None) -> str:
    if job is None:
        return f"{'not started':<15}  {'':>10}  {'':16}"
    figure = job.get("eligible_accuracy_pct")
    shown = "" if figure is None else share_text(figure)
    return f"{str(job['status']).replace('_', ' '):<15}  {shown:>10}  {job['started_at']:%Y-%m-%d %H:%M}"


def accounts_json(accounts: Sequence[Account], jobs: Mapping[str, JobDocument]) -> Iterator[str]:
    """Yield each account as a line of JSON."""
    for account in accounts:
        job = jobs.get(account.company_sso_id) or {"status": "not_started"}
        shown = {name: value for name, value in job.items() if name in (*OF_A_LINE, "started_at")}
        yield json.dumps({"account": account.account} | shown, default=str)
