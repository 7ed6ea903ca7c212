"""Connects to the CDP's MongoDB and translates its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bson.errors import BSONError
from pymongo import MongoClient, WriteConcern
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
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
REFUSALS = (13, AUTHENTICATION_FAILED)  # 13: not authorized
APP_NAME = "crm_activity_migration"
# A server that is gone is known after ten seconds, one that hangs after a minute; what the server
# works on for longer, such as a sum over a collection, says so with `pymongo.timeout`.
TIMEOUTS_MS = {
    "serverSelectionTimeoutMS": 10_000,
    "connectTimeoutMS": 10_000,
    "socketTimeoutMS": 60_000,
}
LONG_S = 1_800.0
# What a server answers that shuts down, steps down, was interrupted or lost a conflict.
PASSING_CODES = frozenset(
    {6, 7, 43, 50, 64, 89, 91, 112, 133, 134, 189, 202, 251, 262, 290, 11600, 11601, 11602}
)
PASSING_LABELS = ("TransientTransactionError", "RetryableWriteError")


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
    own: dict[str, Any] = {
        name: value for name, value in TIMEOUTS_MS.items() if name.lower() not in url.lower()
    }
    with translated():
        return MongoClient(url, appname=APP_NAME, **own)


def database_of(client: MongoClient[dict[str, Any]]) -> CdpDatabase:
    """Return the CDP's database of a client."""
    return client.get_default_database(codec_options=CODEC, write_concern=DURABLE)


def server_time(database: CdpDatabase) -> datetime:
    """Ask MongoDB for its time, naive UTC: what runs on several machines is told by no other."""
    moment: datetime = database.client.admin.command("hello")["localTime"]
    return moment


def is_passing(error: PyMongoError) -> bool:
    """Tell whether MongoDB may do later what it did not do now."""
    if any(error.has_error_label(label) for label in PASSING_LABELS):
        return True
    if isinstance(error, BulkWriteError):
        return bool(error.details.get("writeConcernErrors"))  # not durable on a majority
    if isinstance(error, OperationFailure):
        return error.code in PASSING_CODES
    return isinstance(error, ConnectionFailure)


def is_refusal(error: PyMongoError) -> bool:
    """Tell whether MongoDB refuses whoever asks, not what is asked."""
    return isinstance(error, OperationFailure) and error.code in REFUSALS


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours, in one line and without secrets."""
    try:
        yield
    except (ConfigurationError, InvalidURI) as error:
        raise CdpError("CDP_MONGO_URL cannot be used: it is malformed") from error
    except OperationFailure as error:
        raise CdpError(_refusal(error), is_passing=is_passing(error)) from error
    except BSONError as error:
        raise CdpError("MongoDB holds a document that cannot be read as BSON") from error
    except PyMongoError as error:
        raise CdpError(
            f"MongoDB (CDP_MONGO_URL) cannot be reached: {_reason(error)}; "
            "check that it runs and that the address is right, then run again",
            is_passing=is_passing(error),
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
