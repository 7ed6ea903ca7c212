"""The whole probe: its table, its exit code, and the two places where it is kept (rule: gates)."""

import subprocess

import pytest

from tests.ingest.probe.conftest import Place

REFUSED = "postgresql://reader:secret@127.0.0.1:1/crm"
CRM_GATES = (
    "CRM reachable, read-only",
    "CRM columns",
    "connection",
    "audits of the account",
    "extraction query",
    "types and actions",
    "names",
    "contact coverage",
    "USMAN",
)
WARNED = {"names": "warn"}  # the seeds name more than these few audits have


def failed_line(finished: "subprocess.CompletedProcess[str]") -> str:
    """Check that a gate failed the probe, and return its one error line."""
    assert finished.returncode == 3, finished.stdout + finished.stderr
    assert finished.stderr.startswith("error: account demo-small does not pass")
    assert finished.stderr.count("\n") == 1
    assert "secret" not in finished.stdout + finished.stderr
    return finished.stderr


def test_a_ready_account_passes_every_gate(place: Place) -> None:
    """Exit code 0, one line a gate, and every verdict is `pass` but that of names without audits."""
    finished = place.probe("--verbose")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    heading, *lines = finished.stdout.splitlines()
    assert [cell.strip() for cell in heading.split("|")] == ["gate", "found", "needed", "verdict"]
    gates = place.written()["gates"]
    assert [line.split(" | ")[0].rstrip() for line in lines[: len(gates)]] == [
        gate["gate"] for gate in gates
    ]
    passing = [line for line in lines[: len(gates)] if line.endswith("| pass")]
    assert len(passing) == len(gates) - len(WARNED)
    assert place.verdicts() == WARNED


def test_file_and_cdp_keep_the_same(place: Place) -> None:
    """Both say when, of whom, whether it passed, and everything that each gate found."""
    assert place.probe().returncode == 0
    written, stored = place.written(), place.stored()
    assert stored is not None
    assert written["probed_at"] == f"{stored['probed_at'].isoformat()}+00:00"
    assert (stored["account"], stored["passed"]) == ("demo-small", True)
    keys = ["gate", "found", "needed", "verdict", "hint", "details"]
    assert [list(gate) for gate in stored["gates"]] == [keys] * len(stored["gates"])
    assert written | {"probed_at": None} == stored | {"probed_at": None}


def test_the_last_probe_takes_the_place_of_the_one_before(place: Place) -> None:
    """The CDP keeps one document an account, and it is the newest."""
    assert place.probe().returncode == 0
    place.database.contacts.drop_indexes()
    assert "MongoDB indexes" in failed_line(place.probe())
    stored = place.stored()
    assert stored is not None
    assert stored["passed"] is False
    assert place.database.crm_activity_log_migration_probes.count_documents({}) == 1


def test_a_warning_lets_the_account_pass(place: Place) -> None:
    """A type out of scope is told with its count, gates that pass in one line; exit code 0."""
    place.sources.crm("update audits set auditable_type = 'Webhook' where id <= 5")
    finished = place.probe()
    assert finished.returncode == 0
    assert place.verdicts() == WARNED | {"types and actions": "warn"}
    assert "out of scope: Webhook 3" in finished.stdout
    assert "10 of 12 gates pass" in finished.stdout
    assert "| pass" not in finished.stdout


def test_a_crm_that_is_down_fails_what_asks_it_and_nothing_else(place: Place) -> None:
    """The address is named once, the password never; MongoDB is asked all the same."""
    finished = place.probe(CRM_AUDIT_DATABASE_URL=REFUSED)
    failed_line(finished)
    assert place.verdicts() == dict.fromkeys(CRM_GATES, "fail")
    assert finished.stdout.count("cannot connect to the CRM at 127.0.0.1:1/crm") == 1


def test_with_mongodb_down_the_file_alone_is_written(place: Place) -> None:
    """The gates of the CDP fail, the address is named, and no old result is touched."""
    assert place.probe().returncode == 0
    url = "mongodb://user:secret@127.0.0.1:1/cdp?serverSelectionTimeoutMS=300"
    finished = place.probe(CDP_MONGO_URL=url)
    failed_line(finished)
    failed = {name for name, verdict in place.verdicts().items() if verdict == "fail"}
    assert failed == {"contact coverage", "MongoDB server", "MongoDB indexes"}
    assert "127.0.0.1:1" in finished.stdout
    assert "kept in the file alone" in finished.stdout
    stored = place.stored()
    assert stored is not None
    assert stored["passed"] is True


def test_usman_down_fails_its_gate(place: Place) -> None:
    """After its retries the address is named, without a password that is in it."""
    finished = place.probe(USMAN_URL="http://user:secret@127.0.0.1:1")
    assert "USMAN" in failed_line(finished)
    assert place.verdicts() == WARNED | {"USMAN": "fail"}
    assert "USMAN at http://127.0.0.1:1 is down" in finished.stdout


def test_an_empty_account_passes_only_when_that_is_allowed(place: Place) -> None:
    """A wrong tenant looks like an empty account; `--allow-empty` is for a truly empty one."""
    place.sources.crm("delete from audits")
    assert "audits of the account" in failed_line(place.probe())
    assert place.probe("--allow-empty").returncode == 0
    warned = {"audits of the account": "warn", "contact coverage": "warn"}
    assert place.verdicts() == WARNED | warned


def test_the_file_lists_every_missing_person_and_the_cdp_the_first(place: Place) -> None:
    """A document has a limit that a list of ids could pass; a file has none."""
    place.database.contacts.delete_many({})
    place.sources.crm("update audits set auditable_type = 'CrmPerson', auditable_id = id")
    failed_line(place.probe())
    stored = place.stored()
    assert stored is not None
    ids = [
        next(gate for gate in probe["gates"] if gate["gate"] == "contact coverage")["details"]
        for probe in (place.written(), stored)
    ]
    assert [len(details["missing_ids"]) for details in ids] == [200, 100]
    assert [details["missing_count"] for details in ids] == [200, 200]


@pytest.mark.parametrize(
    ("changes", "exit_code", "word"),
    [({"CDP_MONGO_URL": ""}, 1, "CDP_MONGO_URL is not set"), ({}, 2, "unknown account")],
    ids=["variable", "account"],
)
def test_a_wrong_call_is_no_failed_gate(
    place: Place, changes: dict[str, str], exit_code: int, word: str
) -> None:
    """A missing variable and an unknown account end as in every command."""
    options = () if changes else ("--account", "nobody")
    finished = place.probe(*options, **changes)
    assert finished.returncode == exit_code
    assert word in finished.stderr
