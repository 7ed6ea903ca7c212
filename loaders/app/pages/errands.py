"""Asks a worker for a probe, a dry run or a sign-off, by the pages' forms (rule: pages)."""

from typing import Any

from starlette.responses import Response

from ingest.shared.seeds import Account
from ingest.shared.text import one_line
from loaders.app.auth import basic_caller
from loaders.app.pages.forms import for_services, form_page, own_forms, to_account
from loaders.app.pages.visits import Handler, Visit
from loaders.jobs.account_files import report_path
from loaders.jobs.errands import Errands, What
from loaders.verify.signoff.blocking import Ground, blockers

LONGEST_NAME, LONGEST_NOTE = 200, 2_000


def ask_for(what: What) -> Handler:
    """Return what asks for an errand that needs no more than its account."""

    @own_forms
    def asked(visit: Visit) -> Response:
        found = visit.account()
        _ask(visit, found, what)
        return to_account(found)

    return asked


@for_services
def confirm_sign_off(visit: Visit) -> Response:
    """Say what stands in the way of a sign-off, or ask who signs."""
    return _confirmation(visit, visit.account())


@own_forms
def ask_sign_off(visit: Visit) -> Response:
    """Ask a worker to sign the last run in somebody's name."""
    found = visit.account()
    name, note = (one_line(visit.form.get(field, "")) for field in ("by", "note"))
    accept_drift = visit.form.get("accept_drift") == "true"
    if not 0 < len(name) <= LONGEST_NAME or len(note) > LONGEST_NOTE:
        return _confirmation(visit, found, 422, by=name, note=note, is_refused=True)
    _ask(visit, found, "sign_off", by=name, note=note, accept_drift=accept_drift)
    return to_account(found)


def _ask(visit: Visit, found: Account, what: What, **options: str | bool) -> None:
    caller = basic_caller(visit.request, visit.settings)
    Errands(visit.database).ask(found, what, caller.name, **options)


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
        longest=(LONGEST_NAME, LONGEST_NOTE),
        typed={"by": "", "note": "", "is_refused": False} | typed,
    )
