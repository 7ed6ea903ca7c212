"""What the platform asks: is it alive, is it ready, what does it offer, how does it fare."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from loaders.app.models import Health
from loaders.app.openapi import document
from loaders.app.operations import Call, Operation


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
