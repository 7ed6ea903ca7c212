"""A contact's activity logs, native and migrated, a page at a time (rule: http).

A page is bounded in logs and in bytes, and so is what is read for it: keys and sizes some hundred
at a time, the logs themselves some hundred KB at a time. Of a large log the values are shortened; of
a very large one only the names of the fields are read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from bson import MinKey, ObjectId
from pymongo.collection import Collection

from ingest.shared.bson_codec import READABLE
from ingest.shared.indexes import ACTIVITY_LOGS
from ingest.shared.mongo import CdpDatabase
from loaders.app.errors import NotFoundError
from loaders.app.log_models import ContactLog
from loaders.app.log_values import jsonable, short_log

AT_MOST_LOGS = 5_000
MOST_BYTES = 450_000
WHOLE_BYTES = 64 * 1024
READ_BYTES = 1024 * 1024
ALWAYS = ("customer_id", "category", "action", "user_id", "actor", "changes", "created_at")
ADDITIVE = ("source_tag", "external_id", "metadata")
SHOWN = dict.fromkeys((*ALWAYS, *ADDITIVE), 1)
NAMES = dict.fromkeys(
    ("category", "action", "user_id", "actor.type", "actor.name", "changes.field", "created_at"), 1
) | dict.fromkeys(("customer_id", "source_tag", "external_id"), 1)
# What is no date has no place among dates: it comes last, whatever it is.
MOMENT = {"$cond": [{"$eq": [{"$type": "$created_at"}, "date"]}, "$created_at", None]}
# Text of another writer may be no UTF-8: it is shown as far as it is.

ONE_TIME = {"$not": {"$type": "array"}}  # of several each would match; such a log comes last
KEY = {"moment": MOMENT, "size": {"$bsonSize": "$$ROOT"}}
KEYS_A_TIME = 300

Logs = Collection[dict[str, Any]]
Key = Mapping[str, Any]


class Contact(NamedTuple):
    """A contact of an account."""

    company_sso_id: str
    customer_id: str
    also: tuple[Mapping[str, Any], ...] = ()
    """What is wished of its logs beside."""

    @property
    def query(self) -> dict[str, Any]:
        """What its logs have."""
        own: dict[str, Any] = {
            "company_sso_id": self.company_sso_id,
            "customer_id": self.customer_id,
        }
        return own | {"$and": list(self.also)} if self.also else own


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some of a contact's logs, newest first, and where the next ones begin; none after the last."""

    logs: list[ContactLog]
    next_after_id: str | None


def contact_logs(
    database: CdpDatabase,
    contact: Contact,
    size_of: Callable[[ContactLog], int],
    *,
    after_id: str | None = None,
    limit: int = AT_MOST_LOGS,
) -> LogPage:
    """Return a page of a contact's logs.

    Args:
        database: The CDP's database.
        contact: The contact.
        size_of: Bytes that a log takes in the answer.
        after_id: The last log of the page before.
        limit: The most logs.

    Raises:
        NotFoundError: The contact has no log with that id.
    """
    logs = _readable(database)
    keys = _keys(logs, contact, _last_key(logs, contact, after_id) if after_id else None)
    shown: list[ContactLog] = []
    used = 0
    for log in _read(logs, contact, islice(keys, limit)):
        used += size_of(log)
        if shown and used > MOST_BYTES:
            return LogPage(shown, shown[-1].id)
        shown.append(log)
    has_more = bool(shown) and next(keys, None) is not None
    return LogPage(shown, shown[-1].id if has_more else None)


def whole_log(database: CdpDatabase, contact: Contact, log_id: str) -> ContactLog | None:
    """Return one log of a contact as it is; none where the contact has none with that id."""
    query = contact.query | {"_id": {"$in": _ids(log_id)}}
    found = _readable(database).find_one(query, SHOWN)
    return _log(found) if found else None


def _readable(database: CdpDatabase) -> Logs:
    return database.get_collection(ACTIVITY_LOGS, codec_options=READABLE)


def _last_key(logs: Logs, contact: Contact, log_id: str) -> Key:
    query = contact.query | {"_id": {"$in": _ids(log_id)}}
    found = next(iter(logs.aggregate([{"$match": query}, {"$project": KEY}])), None)
    if found is None:
        raise NotFoundError("UNKNOWN_LOG", "the contact has no log with this after_id")
    return found


def _keys(logs: Logs, contact: Contact, after: Key | None) -> Iterator[Key]:
    """Yield the keys of logs with their sizes, newest first, those after a key."""
    newest = {"$lte": after["moment"]} if after else {}
    while True:
        oldest = _oldest(logs, contact.query | ({"created_at": newest} if newest else {}))
        span = {"created_at": newest | {"$gte": oldest} | ONE_TIME} if oldest else {}
        yield from logs.aggregate(
            [
                {"$match": contact.query | span},
                {"$project": KEY},
                {"$match": {"$expr": _is_after(after)} if after else {}},
                {"$sort": {"moment": -1, "_id": -1}},
            ]
        )
        if oldest is None:
            return
        after, newest = {"moment": oldest, "_id": MinKey()}, {"$lt": oldest}


def _oldest(logs: Logs, query: Mapping[str, Any]) -> datetime | None:
    """Return the time of a log some hundred further, from the index alone; none near the end."""
    times = logs.find(query, {"_id": 0, "created_at": 1}).sort("created_at", -1)
    found = next(iter(times.skip(KEYS_A_TIME).limit(1)), {}).get("created_at")
    return found if isinstance(found, datetime) else None


def _is_after(key: Key) -> dict[str, Any]:
    moment, id_ = {"$literal": key["moment"]}, {"$literal": key["_id"]}
    is_same_moment = {"$eq": ["$moment", moment]}
    return {
        "$or": [
            {"$lt": ["$moment", moment]},
            {"$and": [is_same_moment, {"$lt": ["$_id", id_]}]},
        ]
    }


def _ids(text: str) -> list[Any]:
    """Return every id that is written so."""
    ids: list[Any] = [text]
    if ObjectId.is_valid(text):
        ids.append(ObjectId(text))
    if text.isascii() and text.isdigit() and len(text) < 19:
        ids.append(int(text))
    return ids


def _read(logs: Logs, contact: Contact, keys: Iterable[Key]) -> Iterator[ContactLog]:
    """Read logs in the order of their keys; those that are gone meanwhile are left out."""
    for part in _parts(keys):
        found: dict[str, Mapping[str, Any]] = {}
        for projection, ids in (
            (SHOWN, [key["_id"] for key in part if key["size"] <= READ_BYTES]),
            (NAMES, [key["_id"] for key in part if key["size"] > READ_BYTES]),
        ):
            query = contact.query | {"_id": {"$in": ids}}
            found |= {_key(each["_id"]): each for each in logs.find(query, projection)}
        for key in part:
            if (document := found.get(_key(key["_id"]))) is not None:
                yield short_log(_log(document)) if key["size"] > WHOLE_BYTES else _log(document)


def _parts(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """Part the keys into what is read at once."""
    part: list[Key] = []
    size = 0
    for key in keys:
        part.append(key)
        size += min(key["size"], READ_BYTES)
        if size >= READ_BYTES // 2:
            yield part
            part, size = [], 0
    yield part


def _key(id_: Any) -> str:
    return f"{type(id_).__name__} {id_!r}"  # an id may be a map


def _log(document: Mapping[str, Any]) -> ContactLog:
    shown = {name: jsonable(document[name]) for name in (*ALWAYS, *ADDITIVE) if name in document}
    return ContactLog(id=str(document["_id"]), **shown)
