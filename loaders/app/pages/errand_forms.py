"""Asks a worker for a probe, a dry run, dbt's docs or a sign-off (rule: pages)."""

from typing import Any

from starlette.responses import Response

from ingest.shared.seeds import Account
from ingest.shared.text import one_line
from loaders.app.auth import basic_caller
from loaders.app.errors import ConflictError
from loaders.app.jobs import last_job
from loaders.app.pages.forms import for_services, form_page, own_forms, to_account
from loaders.app.pages.visits import Handler, Visit
from loaders.jobs.account_files import report_path
from loaders.jobs.errands import Errands, What
from loaders.jobs.errors import ErrandOpenError
from loaders.verify.signoff.blocking import Ground, blockers

LONGEST_NAME, LONGEST_NOTE = 200, 2_000


def ask_for(what: What) -> Handler:
    """Return what asks for an errand that needs no more than its account."""

    @own_forms
    def ask(visit: Visit) -> Response:
        found = visit.account()
        last = last_job(visit.database, found.company_sso_id) or {}
        start = last.get("date_range_start") if what == "dry_run" else None
        _ask(visit, found, what, **{"date_range_start": start} if start else {})
        return to_account(found)

    return ask


@for_services
def confirm_sign_off(visit: Visit) -> Response:
    """Say what stands in the way of a sign-off, or ask who signs."""
    return _confirmation(visit, visit.account())


@own_forms
def ask_sign_off(visit: Visit) -> Response:
    """Ask a worker to sign, in somebody's name, the run that the form was about."""
    found = visit.account()
    name, note, job_id = (one_line(visit.form.get(field, "")) for field in ("by", "note", "job"))
    accept_drift = visit.form.get("accept_drift") == "true"
    refused = "" if 0 < len(name) <= LONGEST_NAME else "by"
    refused = refused or ("note" if len(note) > LONGEST_NOTE else "")
    if refused:
        return _confirmation(visit, found, 422, by=name, note=note, refused=refused)
    told = {"by": name, "note": note, "job": job_id}
    _ask(visit, found, "sign_off", accept_drift=accept_drift, **told)
    return to_account(found)


def _ask(visit: Visit, found: Account, what: What, **options: str | bool) -> None:
    caller = basic_caller(visit.request, visit.settings)
    try:
        Errands(visit.database).ask(found, what, caller.name, **options)
    except ErrandOpenError as error:
        raise ConflictError("ERRAND_OPEN", str(error)) from error


def _confirmation(visit: Visit, found: Account, status: int = 200, **typed: Any) -> Response:
    report = report_path(visit.settings.var_dir, found)
    seeds = visit.settings.seeds
    in_the_way = blockers(Ground(visit.database, found, report, seeds, accept_drift=True))
    drifted = [
        each
        for each in blockers(Ground(visit.database, found, report, seeds))
        if each not in in_the_way
    ]
    return form_page(
        visit,
        "signoff.html.j2",
        status,
        account=found,
        in_the_way=in_the_way,
        drifted=drifted,
        job=last_job(visit.database, found.company_sso_id),
        longest={"by": LONGEST_NAME, "note": LONGEST_NOTE},
        typed={"by": "", "note": "", "refused": ""} | typed,
    )
