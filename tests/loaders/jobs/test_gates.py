"""No run before the account's last probe passes, unless somebody forces it (rule: gates)."""

from datetime import datetime

import pytest

from ingest.shared.indexes import PROBES
from loaders.jobs.errors import GatesNotPassedError
from loaders.jobs.gates import last_probe, require_passed
from loaders.jobs.store import Jobs
from tests.loaders.conftest import Place
from tests.places.mart_sources import COMPANY_ID

PROBED_AT = datetime(2024, 5, 6, 7, 8)


def store_probe(place: Place, *failed: str) -> None:
    """Store a probe as the ingest stage does."""
    gates = [{"gate": name, "verdict": "fail"} for name in failed]
    gates.append({"gate": "MongoDB server", "verdict": "pass"})
    place.database[PROBES].insert_one(
        {
            "company_sso_id": COMPANY_ID,
            "account": place.account.account,
            "passed": not failed,
            "probed_at": PROBED_AT,
            "gates": gates,
        }
    )


def test_without_a_probe_a_run_is_refused(place: Place) -> None:
    """Exit code 3, one line that says what to run, and no job."""
    refused = place.run("migrate")
    assert refused.returncode == 3
    assert "run `make probe ACCOUNT=demo-small`" in refused.stderr
    assert place.database.crm_activity_log_migration_jobs.count_documents({}) == 0


def test_a_failed_probe_is_refused_by_the_names_of_its_gates(place: Place) -> None:
    """The gates that passed are not named."""
    store_probe(place, "contact coverage", "USMAN")
    refused = place.run("migrate")
    assert refused.returncode == 3
    assert "2024-05-06 07:08 UTC: contact coverage, USMAN;" in refused.stderr
    assert "MongoDB server" not in refused.stderr
    assert place.database.crm_activity_log_migration_jobs.count_documents({}) == 0


def test_a_passed_probe_lets_the_run_begin(place: Place) -> None:
    """The run goes on to the extract, which has no USMAN here; nothing was forced."""
    store_probe(place)
    assert place.run("migrate").returncode == 1
    assert (place.job()["phase"], place.job()["forced"]) == ("extract", False)
    assert "force" not in [happened["what"] for happened in place.job()["events"]]


def test_a_forced_run_is_recorded(place: Place) -> None:
    """The job says that it was forced, by whom and against what."""
    store_probe(place, "USMAN")
    assert place.run("migrate", "--force").returncode == 1
    job = place.job()
    [forced] = [happened for happened in job["events"] if happened["what"] == "force"]
    assert (job["phase"], job["forced"]) == ("extract", True)
    assert forced["who"] == job["requested_by"]
    assert forced["detail"] == "did not pass its last probe, 2024-05-06 07:08 UTC: USMAN"


def test_a_resumed_run_is_gated_and_recorded_too(place: Place) -> None:
    """The job that goes on is the one that holds the record."""
    Jobs(place.database, place.account).start(requested_by="anna").finish("failed")
    assert place.run("migrate", "--resume").returncode == 3
    assert place.job()["status"] == "failed"
    assert place.run("migrate", "--resume", "--force").returncode == 1
    assert place.database.crm_activity_log_migration_jobs.count_documents({}) == 1
    assert place.job()["forced"] is True
    assert "was not probed" in [happened.get("detail") for happened in place.job()["events"]]


def test_the_error_holds_the_failed_gates(place: Place) -> None:
    """The HTTP app answers with them; another account's probe is not seen."""
    assert last_probe(place.database, place.account) is None
    store_probe(place, "USMAN")
    with pytest.raises(GatesNotPassedError) as refused:
        require_passed(place.database, place.account)
    assert [gate["gate"] for gate in refused.value.gates] == ["USMAN"]
    assert refused.value.probed_at == PROBED_AT
