"""A visit of a page: its errors are pages too, its work is done in a thread (rule: pages)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from ingest.shared.errors import CdpError
from ingest.shared.mongo import CdpDatabase, translated
from ingest.shared.seeds import Account, read_accounts
from loaders.app.errors import (
    UNAVAILABLE,
    ApiError,
    InvalidRequestError,
    NotFoundError,
    UnsupportedTypeError,
)
from loaders.app.pages.rendering import rendered
from loaders.app.settings import AppSettings
from loaders.app.state import AppRequest

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 100  # a page of the accounts, each ticked, and a few


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a page, and the fields of its form."""

    request: AppRequest
    form: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> AppSettings:
        """The app's settings."""
        return self.request.state["settings"]

    @property
    def database(self) -> CdpDatabase:
        """The CDP's database."""
        return self.request.state["database"]

    def account(self) -> Account:
        """Return the account that the path names: one of the seed, and nothing else.

        Raises:
            NotFoundError: The seed has no such slug.
        """
        name = self.request.path_params["account"]
        accounts = read_accounts(self.settings.seeds)
        if name not in accounts:
            raise NotFoundError("UNKNOWN_ACCOUNT", "no account has this name")
        return accounts[name]


Handler = Callable[[Visit], Response]


def page(path: str, handler: Handler, methods: Sequence[str] = ("GET",)) -> Route:
    """Return the route of a page.

    Args:
        path: Its path.
        handler: Makes the page, in a thread; what it raises becomes a page.
        methods: Its methods; a form is read for POST.
    """
    return Route(path, _endpoint(handler), methods=list(methods))


def _endpoint(handler: Handler) -> Callable[[AppRequest], Awaitable[Response]]:
    async def endpoint(request: AppRequest) -> Response:
        try:
            form = await _form(request) if request.method == "POST" else {}
            return await run_in_threadpool(_handled, handler, Visit(request, form))
        except ApiError as error:
            return error_page(request, error)
        except CdpError:
            return error_page(request, UNAVAILABLE)

    return endpoint


def _handled(handler: Handler, visit: Visit) -> Response:
    with translated():
        return handler(visit)


async def _form(request: AppRequest) -> dict[str, str]:
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM:
        raise UnsupportedTypeError
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise InvalidRequestError("", "the form cannot be read") from error


def error_page(request: AppRequest, error: ApiError) -> Response:
    """Return an error as a page that says what to do."""
    answer = rendered(
        "error.html.j2",
        error.status,
        error=error,
        phrase=HTTPStatus(error.status).phrase,
        is_operations=request.url.path.startswith("/ops"),
        account=request.path_params.get("account"),
    )
    answer.headers.update(error.headers or {})
    return answer


def no_such_page(_visit: Visit) -> Response:
    """Answer where no page is."""
    raise NotFoundError("NOT_FOUND", "there is no such page")
