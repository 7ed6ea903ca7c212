"""One table row per endpoint: its route and its OpenAPI description come from the same place."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import Account
from loaders.app.auth import Service, Session, basic_caller, session_caller
from loaders.app.errors import InvalidRequestError, UnsupportedTypeError
from loaders.app.limits import USUAL_LIMIT
from loaders.app.settings import AppSettings
from loaders.app.state import AppRequest, account_of
from loaders.jobs.job_document import Watch

MOST_VALUES = 250_000
MARKS = (b",", b"[", b"{")
STRING_OR_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[,\[{]', re.DOTALL)

Caller = Service | Session | None
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation, with everything checked that can be without the database.

    Args:
        settings: The app's settings.
        database: The CDP's database.
        watch: Told of every change of a job.
        caller: Who calls.
        asked: The validated body or parameters.
    """

    settings: AppSettings
    database: CdpDatabase
    watch: Watch
    caller: Caller
    asked: Any

    @property
    def service(self) -> Service:
        """The service that calls."""
        if not isinstance(self.caller, Service):
            raise TypeError(self.caller)
        return self.caller

    @property
    def session(self) -> Session:
        """The session that calls."""
        if not isinstance(self.caller, Session):
            raise TypeError(self.caller)
        return self.caller

    def account(self, company_sso_id: str) -> Account:
        """Return the account of a company.

        Raises:
            NotFoundError: There is none.
        """
        return account_of(self.settings, company_sso_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint.

    Args:
        method: GET or POST.
        path: Its path, and ``also_at`` the path without the gateway's prefix.
        name: The ``operationId``.
        summary: One line.
        description: The rest.
        auth: Who may call: another service, a person, or anyone.
        permission: What a session must allow.
        body: Model of the JSON body.
        query: Model of the parameters.
        answer: Model of the answer.
        status: Status of the answer.
        errors: What each other status means.
        limit: The most bytes of a body.
        handle: Does it, in a thread.
    """

    method: Literal["GET", "POST"]
    path: str
    name: str
    summary: str
    handle: Callable[[Call], BaseModel]
    answer: type[BaseModel]
    also_at: str | None = None
    description: str = ""
    auth: Literal["basic", "session", "none"] = "none"
    permission: str | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    errors: Mapping[int, str] = field(default_factory=dict)
    limit: int = USUAL_LIMIT

    @property
    def paths(self) -> list[str]:
        """Every path that it answers at."""
        return [self.path, *([self.also_at] if self.also_at else [])]

    def routes(self) -> list[Route]:
        """Return its routes."""
        return [Route(path, _endpoint(self), methods=[self.method]) for path in self.paths]


def _endpoint(operation: Operation) -> Callable[[AppRequest], Awaitable[Response]]:
    async def endpoint(request: AppRequest) -> Response:
        settings = request.state["settings"]
        caller = _caller(operation, request, settings)
        asked = await _asked(operation, request)
        state = request.state
        call = Call(settings, state["database"], state["watch"], caller, asked)
        answer = await run_in_threadpool(_handled, operation, call)
        content = answer.model_dump(mode="json", exclude_unset=True, by_alias=True)
        return JSONResponse(content, operation.status)

    return endpoint


def _handled(operation: Operation, call: Call) -> BaseModel:
    with translated():
        return operation.handle(call)


def _caller(operation: Operation, request: AppRequest, settings: AppSettings) -> Caller:
    if operation.auth == "basic":
        return basic_caller(request, settings)
    if operation.auth == "session":
        return session_caller(request, settings, operation.permission)
    return None


async def _asked(operation: Operation, request: AppRequest) -> BaseModel | None:
    if operation.body:
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise UnsupportedTypeError
        body = await request.body()
        return await run_in_threadpool(validated, operation.body, body)
    if operation.query:
        parameters = dict(request.query_params)
        return validated(operation.query, json.dumps(parameters).encode())
    return None


def validated(model: type[Model], text: bytes) -> Model:
    """Read JSON as a model.

    Raises:
        InvalidRequestError: It is no JSON, of more values than memory should hold, or not of that
            shape; the error names the first fault.
    """
    if _has_too_many_values(text):
        raise InvalidRequestError("", f"more than {MOST_VALUES:,} values are too many")
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InvalidRequestError(fault_path(fault["loc"]), fault["msg"]) from error


def _has_too_many_values(text: bytes) -> bool:
    """Count what begins or parts values, outside of strings: an empty list takes 300 bytes."""
    if sum(map(text.count, MARKS)) <= MOST_VALUES:
        return False
    marks = (found for found in STRING_OR_MARK.finditer(text) if found[0] in MARKS)
    return next(islice(marks, MOST_VALUES, None), None) is not None


def fault_path(location: tuple[int | str, ...]) -> str:
    """Write a place as ``records[3].created_at``."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")
