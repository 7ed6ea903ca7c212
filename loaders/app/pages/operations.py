"""The operations pages: accounts, their jobs, trigger and rollback (rule: pages).

What may be done is decided by the functions of the JSON endpoints, which these pages call.
"""

import json
import re
from typing import Any

from starlette.responses import FileResponse, RedirectResponse, Response

from ingest.shared.mongo import server_time
from ingest.shared.seeds import Account, read_accounts
from loaders.app.auth import basic_caller
from loaders.app.endpoint import validated
from loaders.app.errors import NotFoundError
from loaders.app.models import AccountBody, Trigger
from loaders.app.pages.account_list import SORTS, Wish, listing
from loaders.app.pages.account_rows import FILES, account_file, overview
from loaders.app.pages.filters import STATES
from loaders.app.pages.forms import (
    SEE_OTHER,
    call_of,
    for_services,
    form_page,
    own_forms,
    to_account,
)
from loaders.app.pages.visits import Visit
from loaders.app.routes.migrations import cancel, roll_back, trigger
from loaders.jobs.failed_audits import FailedAudits
from loaders.load.rollback import Rollback

MOST_FAILURES = 50
LIST_NAME = re.compile(r"[a-z_]{1,40}")
# The report and dbt's page have scripts and styles of their own: they run in an origin of nobody.
SANDBOX = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)


@for_services
def accounts(visit: Visit) -> Response:
    """Show a page of the seed's accounts."""
    found = list(read_accounts(visit.settings.seeds).values())
    wish = Wish.of(visit.request.query_params)
    shown = listing(visit.database, found, wish)
    return form_page(
        visit,
        "operations.html.j2",
        wish=wish,
        shown=shown,
        files={
            line.account.account: account_file(visit.settings, line.account, FILES["report"])
            for line in shown.lines
        },
        states=STATES,
        sorts={name: words for name, (words, _) in SORTS.items()},
        moment=server_time(visit.database),
        refresh_s=visit.settings.operations_refresh_s,
    )


def front(_visit: Visit) -> Response:
    """Lead from the bare address to the accounts."""
    return RedirectResponse("/ops", SEE_OTHER)


@for_services
def account(visit: Visit) -> Response:
    """Show one account with the history of its last job."""
    found = visit.account()
    queue = FailedAudits(visit.database, found.company_sso_id)
    return form_page(
        visit,
        "account.html.j2",
        shown=overview(visit.settings, visit.database, found),
        failures=queue.page(None, MOST_FAILURES),
        failure_count=queue.count(),
        refresh_s=visit.settings.operations_refresh_s,
    )


@own_forms
def trigger_run(visit: Visit) -> Response:
    """Queue a run, or go on with a halted or failed one, and show the account."""
    found = visit.account()
    wish = {
        "company_sso_id": found.company_sso_id,
        "resume": visit.form.get("resume") == "true",
        "date_range_start": visit.form.get("date_range_start") or None,
    }
    trigger(call_of(visit, validated(Trigger, json.dumps(wish).encode())))
    return to_account(found)


@own_forms
def cancel_run(visit: Visit) -> Response:
    """End a queued run, or stop a running one, and show the account."""
    found = visit.account()
    cancel(call_of(visit, AccountBody(company_sso_id=found.company_sso_id)))
    return to_account(found)


@for_services
def confirm_rollback(visit: Visit) -> Response:
    """Count what a rollback would delete, and ask for the account's name."""
    return _confirmation(visit, visit.account())


@own_forms
def run_rollback(visit: Visit) -> Response:
    """Delete the account's migrated logs if its name was typed exactly."""
    found = visit.account()
    typed = visit.form.get("account", "")
    if typed != found.account:
        return _confirmation(visit, found, status=422, typed=typed, is_refused=True)
    roll_back(call_of(visit, AccountBody(company_sso_id=found.company_sso_id)))
    return to_account(found)


@for_services
def file(visit: Visit) -> Response:
    """Give the account's report, its dbt docs or the page of its runs."""
    name = visit.request.url.path.split("/")[3]
    return _file(visit, FILES[name], name)


@for_services
def audit_list(visit: Visit) -> Response:
    """Give a list beside the report: what did not move, or whose contacts are to be mended."""
    name = visit.request.path_params["name"]
    if not LIST_NAME.fullmatch(name):
        raise NotFoundError("NO_FILE", "a report has no list of this name")
    return _file(visit, f"report/{name}.csv", f"list {name}")


@for_services
def run_report(visit: Visit) -> Response:
    """Give the report of one of the account's runs."""
    job_id = visit.request.path_params["job_id"]
    return _file(visit, f"runs/{job_id}/index.html", "report of this run")


def _confirmation(visit: Visit, found: Account, status: int = 200, **content: Any) -> Response:
    by = basic_caller(visit.request, visit.settings).name
    shown = {"typed": "", "is_refused": False} | content
    rollback = Rollback(visit.database, found, by)
    return form_page(
        visit,
        "rollback.html.j2",
        status,
        account=found,
        log_count=rollback.count(),
        lost_words=rollback.lost_words(),
        **shown,
    )


def _file(visit: Visit, place: str, what: str) -> Response:
    path = account_file(visit.settings, visit.account(), place)
    if path is None:
        raise NotFoundError("NO_FILE", f"the account has no {what} yet")
    headers = {"Content-Security-Policy": SANDBOX}
    if path.suffix == ".csv":
        return FileResponse(path, media_type="text/csv", headers=headers, filename=path.name)
    return FileResponse(path, media_type="text/html", headers=headers)
