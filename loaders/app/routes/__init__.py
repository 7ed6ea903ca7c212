"""The JSON endpoints: one row of a table each (rule: http)."""

from starlette.routing import BaseRoute, Route

from loaders.app.endpoint import Operation
from loaders.app.routes.migrations import MIGRATIONS
from loaders.app.routes.probes import PROBES, metrics, openapi
from loaders.app.routes.records import RECORDS
from loaders.app.routes.sessions import SESSIONS

OPERATIONS: tuple[Operation, ...] = (*MIGRATIONS, *RECORDS, *SESSIONS, *PROBES)
LIMITS = {path: operation.limit for operation in OPERATIONS for path in operation.paths}


def api_routes() -> list[BaseRoute]:
    """Return the routes of the JSON endpoints, the OpenAPI document and the metrics."""
    routes = [route for operation in OPERATIONS for route in operation.routes()]
    return [*routes, Route("/openapi.json", openapi(OPERATIONS)), Route("/metrics", metrics)]
