"""What the platform asks: is it alive, is it ready, what does it offer, how does it fare."""

from collections.abc import Callable, Sequence

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ingest.shared.indexes import JOBS
from ingest.shared.mongo import server_time, translated
from ingest.shared.seeds import read_accounts
from loaders.app.auth import basic_caller
from loaders.app.endpoint import Call, Operation
from loaders.app.models import Health
from loaders.app.openapi import document
from loaders.app.state import AppRequest
from loaders.jobs.metrics import JobCollector
from loaders.jobs.queries import find_jobs


def alive(_call: Call) -> Health:
    """Tell that the process answers."""
    return Health(status="ok")


def ready(call: Call) -> Health:
    """Tell that MongoDB answers."""
    call.database.client.admin.command("ping")
    return Health(status="ready")


def openapi(operations: Sequence[Operation]) -> Callable[[Request], Response]:
    """Return the endpoint that gives the OpenAPI document."""
    made = document(operations)
    return lambda _request: JSONResponse(made)


def metrics(request: AppRequest) -> Response:
    """Tell Prometheus how the accounts' jobs fare, to those who have the basic credentials."""
    state = request.state
    basic_caller(request, state["settings"])
    accounts = read_accounts(state["settings"].seeds).values()
    companies = sorted(account.company_sso_id for account in accounts)
    with translated():
        database = state["database"]
        jobs = find_jobs(database[JOBS], {"company_sso_id": {"$in": companies}})
        collector = JobCollector(jobs, server_time(database))
    return Response(generate_latest(collector), headers={"Content-Type": CONTENT_TYPE_LATEST})


PROBES = (
    Operation(
        method="GET",
        path="/healthz",
        name="isAlive",
        summary="Tell that the process answers.",
        answer=Health,
        handle=alive,
    ),
    Operation(
        method="GET",
        path="/readyz",
        name="isReady",
        summary="Tell that MongoDB answers.",
        answer=Health,
        errors={503: "`CDP_UNAVAILABLE`: MongoDB does not answer."},
        handle=ready,
    ),
)
