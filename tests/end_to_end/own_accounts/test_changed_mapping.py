"""An analyst changes the mapping of a migrated account, as README says, to its end (rules: drift, rollback)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.demo.crm.plans import Plan
from tests.places.copies import Place, seeded_place
from tests.places.logs import logs_of
from tests.places.projects import copied_project, run_in

ACCOUNT = "demo-small"
PLAN = Plan(ACCOUNT, 101, 600, 1_000_001, seed=1)
MIGRATE = ("loaders", "migrate", "--force")
LINE = "*,CrmDeal,crm_stage_id,4,nearly_won\n"
DENIED = "date_of_birth"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, whose seeds the analyst changes."""
    return copied_project(tmp_path_factory.mktemp("mapping"))


@pytest.fixture(scope="module")
def place(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A small account, nothing migrated."""
    var = tmp_path_factory.mktemp("place") / "var"
    with seeded_place(servers.env, ACCOUNT, var, [PLAN]) as found:
        yield found


def actions(place: Place) -> dict[int, str]:
    """The action of each migrated log."""
    return {audit_id: log["action"] for audit_id, log in logs_of(place).items()}


def holding_denied(place: Place) -> set[int]:
    """The audits whose log holds the field that is denied since."""
    logs = logs_of(place).items()
    return {id_ for id_, log in logs if DENIED in [each["field"] for each in log["changes"]]}


def test_a_new_status_and_a_denied_field_on_a_migrated_account_lead_to_the_wanted_documents(
    project: Path, place: Place
) -> None:
    """The run tells drift and changes nothing; the partial rollback and a run write what is meant."""

    def done(*arguments: str) -> str:
        finished = run_in(project, place, *arguments)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    done(*MIGRATE)
    before, denied = actions(place), holding_denied(place)
    seeds = project / "dbt_project" / "seeds"
    for name, line in (("status_sets.csv", LINE), ("denied_fields.csv", f"{DENIED}\n")):
        with (seeds / name).open("a") as seed:
            seed.write(line)

    assert f"drift: denied {len(denied)}, mapping " in done(*MIGRATE)
    drifted = place.job()["drift"]["mapping"]
    assert place.job()["drift"] == {"denied": len(denied), "mapping": drifted}
    assert len(denied) > 0
    assert place.job()["counts"]["migrated"] == 0
    assert actions(place) == before
    refused = run_in(project, place, "loaders", "signoff", "--by", "Ana Lyst")
    assert refused.returncode == 5
    assert f"{drifted:,} by mapping: ACCEPT_DRIFT=1 leaves them" in refused.stderr

    done("loaders", "rollback", "--only", "drift", "--yes")
    assert len(actions(place)) == len(before) - drifted - len(denied)
    assert place.job()["fidelity_pct"] is None

    done(*MIGRATE)
    job, after = place.job(), actions(place)
    assert (job["counts"]["migrated"], job["drift"], job["fidelity_pct"]) == (
        drifted + len(denied),
        {},
        100,
    )
    assert holding_denied(place) == set()
    changed = {key for key, action in after.items() if action != before[key]}
    assert after.keys() == before.keys()
    assert len(changed) == drifted > 0
    assert {after[key] for key in changed} == {"nearly_won"}
