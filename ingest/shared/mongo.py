"""Connects to the CDP's MongoDB and translates its errors (rules: document, security)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.database import Database
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

from ingest.shared.bson_codec import CODEC
from ingest.shared.errors import CdpError

CdpDatabase = Database[dict[str, Any]]

DURABLE = WriteConcern(w="majority", j=True)
AUTHENTICATION_FAILED = 18
APP_NAME = "crm_activity_migration"
PATIENCE_MS = 10_000


@contextmanager
def connected(url: str) -> Iterator[CdpDatabase]:
    """Open the CDP's database; writes are durable on a majority before they count.

    Raises:
        CdpError: MongoDB cannot be reached or refuses; no password is in the message.
    """
    with translated(), new_client(url) as client:
        client.admin.command("ping")
        yield database_of(client)


def new_client(url: str) -> MongoClient[dict[str, Any]]:
    """Make a client; it connects when it is first asked.

    Raises:
        CdpError: The URL is malformed.
    """
    options: dict[str, Any] = {"appname": APP_NAME}
    if "serverSelectionTimeoutMS" not in url:
        options["serverSelectionTimeoutMS"] = PATIENCE_MS
    with translated():
        return MongoClient(url, **options)


def database_of(client: MongoClient[dict[str, Any]]) -> CdpDatabase:
    """Return the CDP's database of a client."""
    return client.get_default_database(codec_options=CODEC, write_concern=DURABLE)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours, in one line and without secrets."""
    try:
        yield
    except (ConfigurationError, InvalidURI) as error:
        raise CdpError("CDP_MONGO_URL cannot be used: it is malformed") from error
    except OperationFailure as error:
        raise CdpError(_refusal(error)) from error
    except PyMongoError as error:
        raise CdpError(
            f"MongoDB (CDP_MONGO_URL) cannot be reached: {_reason(error)}; "
            "check that it runs and that the address is right, then run again"
        ) from error


def _reason(error: PyMongoError) -> str:
    """Take the address and its fault; PyMongo goes on with its whole topology."""
    if not isinstance(error, ConnectionFailure):
        return type(error).__name__  # its text may quote a document
    return str(error).partition(" (configured timeouts")[0].partition(", Timeout:")[0]


def _refusal(error: OperationFailure) -> str:
    if error.code == AUTHENTICATION_FAILED:
        return "MongoDB refuses the user or password in CDP_MONGO_URL"
    name = (error.details or {}).get("codeName", type(error).__name__)
    return f"MongoDB (CDP_MONGO_URL) refuses a command: {name} (code {error.code})"
