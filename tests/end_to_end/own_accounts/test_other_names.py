"""A CRM with other names: the probe says that the seeds do not fit, and which lines to write."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.places.copies import ROOT, Place, seeded_place
from tests.places.projects import copied_project, run_in

ACCOUNT = "demo-other"
FOREIGN = re.compile(r"Crm::|Staff")
SHAPES = {
    "crm_types": "`person,<class>,<key>` and `user,<class>,`",
    "category_map": "`<class>,<create, update or destroy>,<category>,<action>`",
    "join_models": "`<class>,<linked class>,<key of the linked record>,<key of the person>`",
}
LINES = "select seed_file, line_number, column_name, name from reconciliation.unmatched_seed_lines"
NAMED_PERSON = re.compile(r'person_id"?:\s*(?:-\s*)?\d')


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose seeds know only the usual names."""
    folder = copied_project(tmp_path_factory.mktemp("names"))
    for seed in ("crm_types", "join_models", "category_map", "status_sets"):
        path = folder / "dbt_project" / "seeds" / f"{seed}.csv"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not FOREIGN.search(line)))
    return folder


@pytest.fixture(scope="module")
def place(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The demo's account of a CRM with other names, whose versions are long; nothing migrated."""
    with seeded_place(servers.env, ACCOUNT, tmp_path_factory.mktemp("place") / "var") as found:
        found.crm("alter table audits alter version type bigint")
        found.crm("update audits set version = version + 2 ^ 40 where mod(id, 2) = 0")
        yield found


def write(project: Path, seed: str, *lines: str) -> None:
    """Add lines to a seed of the copy."""
    with (project / "dbt_project" / "seeds" / f"{seed}.csv").open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def listed(hint: str, heading: str) -> dict[str, int]:
    """What the hint lists under a heading, with the counts."""
    [items] = re.findall(rf"{heading}: ([^;]*);", hint)
    pairs = (item.rsplit(" ", 1) for item in re.split(r", (?=\S)", items))
    return {name: int(count.replace(",", "")) for name, count in pairs}


def test_the_lines_that_the_probe_asks_for_move_the_account(project: Path, place: Place) -> None:
    """Blocked first, with the CRM's own classes and keys; then whole, by what the seeds say."""
    probed = run_in(project, place, "ingest", "probe")
    assert probed.returncode == 3
    assert "contact coverage" in probed.stderr
    refused = run_in(project, place, "loaders", "migrate")
    assert refused.returncode == 3
    assert "contact coverage" in refused.stderr
    with place.cdp() as database:
        assert database.activity_logs.count_documents({"source_tag": "crm_migration"}) == 0

    [hint] = re.findall(r"(?m)^contact coverage: (.*)$", probed.stdout)
    assert "the seeds do not fit this CRM" in hint
    assert all(f"{seed}.csv {shape}" in hint for seed, shape in SHAPES.items())
    classes = listed(hint, "classes without a line")
    keys = listed(hint, r"keys that hold ids, in \S+ sampled audits")
    assert {"Crm::Person", "Crm::Company", "Crm::Deal", "Crm::DealContact"} <= set(classes)
    assert classes["Staff (acts)"] > 1_000
    assert {"person_id", "deal_id"} <= set(keys)
    follow(project)

    probed = run_in(project, place, "ingest", "probe")
    assert probed.returncode == 0, probed.stdout + probed.stderr
    done = run_in(project, place, "loaders", "migrate")
    assert done.returncode == 0, done.stdout + done.stderr
    job = place.job()
    assert (job["status"], job["fidelity_pct"], job["sample_differences"]) == ("completed", 100, 0)
    assert 'warning: crm_types.csv line 2: auditable_type "CrmPerson" matches no audit' in (
        done.stdout
    )


def follow(project: Path) -> None:
    """Write the lines of the shapes that the message shows, for the classes that it lists."""
    write(project, "crm_types", "person,Crm::Person,person_id", "user,Staff,")
    write(project, "join_models", "Crm::DealContact,Crm::Deal,deal_id,person_id")
    for name, category in (("Person", "contact"), ("Company", "company"), ("Deal", "deal")):
        verbs = {"create": "create", "update": "update", "destroy": "delete"}
        lines = (f"Crm::{name},{verb},{category},{action}" for verb, action in verbs.items())
        write(project, "category_map", *lines)


def test_every_audit_that_names_a_person_is_at_its_contact(place: Place) -> None:
    """Told from the CRM's rows here: by class, owner or text; but for updates that say nothing."""
    rows = place.crm(
        "select id, auditable_type, associated_type, audited_changes, comment from audits "
        "where organization_id = 105 and (audited_changes <> E'--- {}\\n' or comment <> '')"
    )
    named = {
        row[0]
        for row in rows
        if "Crm::Person" in row[1:3] or any(NAMED_PERSON.search(text or "") for text in row[3:])
    }
    with place.cdp() as database:
        migrated = {
            log["metadata"]["crm_audit_id"]: log
            for log in database.activity_logs.find({"source_tag": "crm_migration"})
        }
    assert set(migrated) == named
    actions = {(log["category"], log["action"]) for log in migrated.values()}
    assert {("deal", "link"), ("deal", "unlink"), ("contact", "create")} <= actions
    versions = dict(place.crm("select id, version from audits"))
    assert all(log["metadata"]["version"] == versions[id_] for id_, log in migrated.items())
    actors = {log["actor"]["type"] for log in migrated.values()}
    assert {"user", "deactivated", "deleted", "other", "system"} <= actors


def test_each_audit_that_did_not_move_has_its_reason(place: Place) -> None:
    """The sum closes over the types of the seeds as they are now."""
    counts = place.job()["counts"]
    assert counts["source"] == counts["migrated"] + counts["skipped"] + counts["failed"]
    [(in_crm,)] = place.crm("select count(*) from audits where organization_id = 105")
    assert counts["source"] == in_crm


def test_probe_and_transform_tell_the_same_lines(place: Place) -> None:
    """Those of the usual names, each by the first cell that no audit has."""
    gates = json.loads((place.folder / "probe.json").read_text())["gates"]
    [names] = [gate["details"]["names"] for gate in gates if gate["gate"] == "names"]
    by_probe: dict[tuple[str, int], tuple[str, str]] = {}
    for each in names:
        if not each["audit_count"]:
            by_probe.setdefault((each["file"], each["line"]), (each["column"], each["name"]))
    with duckdb.connect(str(place.folder / "staging.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute(LINES).fetchall()
    assert by_probe == {(file, line): (column, name) for file, line, column, name in rows}
    assert len(by_probe) > 15


@pytest.mark.slow  # it looks at what the tests before it wrote
def test_the_demos_own_lines_are_those_of_the_recipe(project: Path) -> None:
    """What the message led to is what the demo's seeds say of this CRM."""
    for seed in ("crm_types", "join_models", "category_map"):
        found = []
        for folder in (project, ROOT):
            with (folder / "dbt_project" / "seeds" / f"{seed}.csv").open() as lines:
                found.append(sorted(map(tuple, csv.reader(lines))))
        assert found[0] == found[1], seed
