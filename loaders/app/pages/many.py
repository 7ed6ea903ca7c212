"""Starts or cancels the runs of many accounts at once, each as if it were alone (rule: pages)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ingest.shared.errors import CdpError
from ingest.shared.mongo import translated
from ingest.shared.seeds import Account, read_accounts
from loaders.app.endpoint import Call
from loaders.app.errors import ApiError, InvalidRequestError
from loaders.app.models import AccountBody, Asked, Trigger
from loaders.app.pages.forms import call_of, own_forms
from loaders.app.pages.rendering import rendered
from loaders.app.pages.visits import Visit
from loaders.app.routes.migrations import cancel, trigger

TICKED = "account."
Work = tuple[Callable[[Call], Any], type[Asked]]
WORKS: Mapping[str, Work] = {"trigger": (trigger, Trigger), "cancel": (cancel, AccountBody)}
HALTED = "it halted: read why, and resume it, on its own page"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one account: its job's status by the endpoint, or why it was refused."""

    account: Account
    status: str | None = None
    problem: str | None = None


@own_forms
def start_or_cancel(visit: Visit) -> Response:
    """Do what a button says to each account that is ticked, and say what became of it."""
    do = visit.form.get("do", "")
    if do not in WORKS:
        raise InvalidRequestError("", "the form does not say what to do")
    ticked = list(_ticked(visit))
    if not ticked:
        raise InvalidRequestError("", "no account was ticked")
    outcomes = [_outcome(visit, account, *WORKS[do]) for account in ticked]
    return rendered("many.html.j2", outcomes=outcomes, is_cancelled=do == "cancel")


def _ticked(visit: Visit) -> Iterator[Account]:
    accounts = read_accounts(visit.settings.seeds)
    for field in visit.form:
        name = field.removeprefix(TICKED)
        if name != field and name in accounts:
            yield accounts[name]


def _outcome(
    visit: Visit, account: Account, handle: Callable[[Call], Any], body: type[Asked]
) -> Outcome:
    """Do it for one account; what is refused, or out of reach, keeps no other back."""
    try:
        asked = body.model_validate({"company_sso_id": account.company_sso_id})
        with translated():
            return Outcome(account, status=handle(call_of(visit, asked)).status)
    except ApiError as error:
        return Outcome(account, problem=HALTED if error.code == "JOB_HALTED" else error.message)
    except CdpError:
        return Outcome(account, problem="MongoDB did not answer")
