"""Whether the CDP's MongoDB can be written to, each document once (rules: document, gates)."""

from typing import Any

from pymongo.database import Database

from ingest.probe.gates import Gate, Requirement
from ingest.shared.errors import MissingIndexError
from ingest.shared.indexes import INDEXES, index_faults
from ingest.shared.mongo import translated

PRIMARY = Requirement("MongoDB server", "a writable primary")
INDEXES_THERE = Requirement("MongoDB indexes", "present, unique where they must be")


def primary_gate(database: Database[dict[str, Any]]) -> Gate:
    """Ask the server what it is."""
    with translated():
        hello = database.client.admin.command("hello")
    replica_set = hello.get("setName")
    details = {"replica_set": replica_set, "me": hello.get("me")}
    kind = f"of replica set {replica_set}" if replica_set else "alone, without a replica set"
    if hello.get("isWritablePrimary"):
        return PRIMARY.passed(f"a writable primary {kind}", **details)
    return PRIMARY.failed(
        f"a secondary {kind}",
        "name the replica set in CDP_MONGO_URL (?replicaSet=…), without directConnection",
        **details,
    )


def indexes_gate(database: Database[dict[str, Any]]) -> Gate:
    """Compare the indexes of every collection with those that are needed."""
    faults = [fault for collection in INDEXES for fault in index_faults(database, collection)]
    count = sum(len(models) for models in INDEXES.values())
    found = f"{count - len(faults)} of {count} in {len(INDEXES)} collections"
    if not faults:
        return INDEXES_THERE.passed(found)
    return INDEXES_THERE.failed(
        found,
        str(MissingIndexError(faults)),
        faults=faults,
    )
