"""Finds jobs in the order in which they began.

A job that a wrong clock dated into the future hides none that is newer: it stands where the time in
its ``_id`` puts it, or before all others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.collection import Collection

from loaders.jobs.job_changes import JobDocument

BEGAN = "began"
_STORED_AT = {"$convert": {"input": "$_id", "to": "date", "onError": None, "onNull": None}}
_PAST = [{"case": {"$lte": [time, "$$NOW"]}, "then": time} for time in ("$started_at", _STORED_AT)]
_ORDER = {"$set": {BEGAN: {"$switch": {"branches": _PAST, "default": None}}}}


def find_jobs(
    collection: Collection[JobDocument],
    query: Mapping[str, Any],
    *,
    newest: int = 0,
    shape: Mapping[str, Any] | None = None,
) -> list[JobDocument]:
    """Return jobs, the oldest first; or so many of the newest, the newest first.

    Args:
        collection: The jobs.
        query: Which ones.
        newest: How many; all when absent.
        shape: A last stage, which leaves away what the caller does not want.
    """
    way = -1 if newest else 1
    stages: list[JobDocument] = [{"$match": query}, _ORDER, {"$sort": {BEGAN: way, "_id": way}}]
    if newest:
        stages.append({"$limit": newest})
    stages += [{"$unset": BEGAN}, *([dict(shape)] if shape else [])]
    return list(collection.aggregate(stages))


def find_newest(
    collection: Collection[JobDocument],
    query: Mapping[str, Any],
    shape: Mapping[str, Any] | None = None,
) -> JobDocument | None:
    """Return the newest job, in a shape."""
    return next(iter(find_jobs(collection, query, newest=1, shape=shape)), None)


def find_last_of_each(
    collection: Collection[JobDocument], query: Mapping[str, Any], fields: Sequence[str]
) -> dict[str, JobDocument]:
    """Return some fields of the newest job of each company, by its `company_sso_id`."""
    shown = dict.fromkeys(("company_sso_id", "started_at", *fields), 1)
    stages: list[JobDocument] = [
        {"$match": query},
        {"$project": shown},
        _ORDER,
        {"$sort": {"company_sso_id": 1, BEGAN: -1, "_id": -1}},
        {"$group": {"_id": "$company_sso_id", "job": {"$first": "$$ROOT"}}},
    ]
    return {each["_id"]: each["job"] for each in collection.aggregate(stages, allowDiskUse=True)}
