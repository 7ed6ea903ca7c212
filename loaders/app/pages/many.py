"""Starts or cancels the runs of many accounts at once, each as if it were alone (rule: pages)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.responses import Response

from ingest.shared.seeds import Account, read_accounts
from loaders.app.endpoint import Call
from loaders.app.errors import ApiError, InvalidRequestError
from loaders.app.models import AccountBody, Asked, Trigger
from loaders.app.pages.forms import call_of, own_forms
from loaders.app.pages.rendering import rendered
from loaders.app.pages.visits import Visit
from loaders.app.routes.migrations import cancel, trigger

TICKED = "account."
Work = tuple[Callable[[Call], Any], type[Asked], str]
WORKS: Mapping[str, Work] = {
    "trigger": (trigger, Trigger, "waits for a worker"),
    "cancel": (cancel, AccountBody, "is cancelled, or stops after its batch"),
}


@own_forms
def of_many(visit: Visit) -> Response:
    """Do what a button says to each account that is ticked, and say what became of it."""
    ticked = list(_ticked(visit))
    work = WORKS.get(visit.form.get("do", ""))
    if work is None or not ticked:
        raise InvalidRequestError("", "no account was ticked")
    outcomes = [(account, _problem(visit, account, work)) for account in ticked]
    return rendered("many.html.j2", outcomes=outcomes, done=work[2])


def _ticked(visit: Visit) -> Iterator[Account]:
    accounts = read_accounts(visit.settings.seeds)
    for field in visit.form:
        name = field.removeprefix(TICKED)
        if name != field and name in accounts:
            yield accounts[name]


def _problem(visit: Visit, account: Account, work: Work) -> str | None:
    handle, body, _ = work
    try:
        asked = body.model_validate({"company_sso_id": account.company_sso_id})
        handle(call_of(visit, asked))
    except ApiError as error:
        return error.message
    return None
