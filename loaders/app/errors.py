"""The errors that the app answers with (rule: http).

::

    ApiError                     status, code, message, and more members of the error
    ├── UnauthorizedError        401 UNAUTHORIZED, with the scheme that is asked for
    ├── ForbiddenError           403 FORBIDDEN, MIGRATION_DISABLED
    ├── InvalidRequestError      400 INVALID_REQUEST, with the path of the fault
    ├── NotFoundError            404 UNKNOWN_ACCOUNT, NOTHING_TO_ROLL_BACK
    ├── ConflictError            409 JOB_ALREADY_RUNNING, JOB_HALTED, …
    ├── TooLargeError            413 REQUEST_TOO_LARGE
    ├── UnsupportedTypeError     415 UNSUPPORTED_MEDIA_TYPE
    └── PrerequisiteError        422 PREREQUISITE_FAILED, with the gates

What the loading stage raises is translated here too: MongoDB lost is 503 CDP_UNAVAILABLE.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ingest.shared.errors import CdpError, MissingIndexError

log = structlog.get_logger("app")


class ApiError(Exception):
    """Base of all errors that become an answer.

    Args:
        status: The HTTP status.
        code: What programs read.
        message: What people read; without personal data.
        headers: More headers of the answer.
        details: More members of the error.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        **details: Any,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.details = details
        super().__init__(message)


class UnauthorizedError(ApiError):
    """Nobody, or somebody who cannot prove it.

    Args:
        challenge: Value of ``WWW-Authenticate``.
        message: What is missing.
    """

    def __init__(self, challenge: str, message: str) -> None:
        super().__init__(401, "UNAUTHORIZED", message, {"WWW-Authenticate": challenge})


class ForbiddenError(ApiError):
    """Somebody known who may not do this."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(403, code, message)


class InvalidRequestError(ApiError):
    """The body or a parameter is not what the OpenAPI document says.

    Args:
        path: Where the fault is, e.g. ``records[3].created_at``; empty for the whole.
        message: What is wrong there.
    """

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        text = f"{path}: {message}" if path else message
        super().__init__(400, "INVALID_REQUEST", text, path=path)


class NotFoundError(ApiError):
    """There is no such thing."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(404, code, message)


class ConflictError(ApiError):
    """The account's job does not allow it now."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(409, code, message)


class TooLargeError(ApiError):
    """The request's body is larger than this path takes.

    Args:
        limit: The most bytes that it takes.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(413, "REQUEST_TOO_LARGE", f"the body is larger than {limit:,} bytes")


class UnsupportedTypeError(ApiError):
    """The body is not JSON by its own account."""

    def __init__(self) -> None:
        super().__init__(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be sent as application/json")


class PrerequisiteError(ApiError):
    """The account's last probe did not pass, or there is none (rule: gates).

    Args:
        message: What to do.
        gates: The gates of the last probe.
    """

    def __init__(self, message: str, gates: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(422, "PREREQUISITE_FAILED", message, gates=list(gates))


UNAVAILABLE = ApiError(503, "CDP_UNAVAILABLE", "MongoDB does not answer", {"Retry-After": "10"})


def error_answer(error: ApiError) -> Response:
    """Return an error as JSON: ``{"error": {"code", "message", …}}``."""
    content = {"error": {"code": error.code, "message": error.message, **error.details}}
    headers = dict(error.headers or {})
    return JSONResponse(content, error.status, headers)


async def answer_api_error(_request: Request, error: Exception) -> Response:
    """Answer with an error of ours."""
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this type only # nosec B101
    return error_answer(error)


async def answer_http_error(_request: Request, error: Exception) -> Response:
    """Answer with what the framework raised: no such path, or no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only # nosec B101
    status = HTTPStatus(error.status_code)
    code = status.phrase.upper().replace(" ", "_").replace("-", "_")
    return error_answer(ApiError(status, code, status.phrase, error.headers))


async def answer_cdp_error(_request: Request, error: Exception) -> Response:
    """Answer that MongoDB is not there for us; where it is stands in the log alone."""
    log.warning("MongoDB is out of reach", error=str(error))
    if isinstance(error, MissingIndexError):
        return error_answer(ApiError(503, "CDP_UNAVAILABLE", str(error), {"Retry-After": "10"}))
    return error_answer(UNAVAILABLE)


HANDLERS = {
    ApiError: answer_api_error,
    HTTPException: answer_http_error,
    CdpError: answer_cdp_error,
}
