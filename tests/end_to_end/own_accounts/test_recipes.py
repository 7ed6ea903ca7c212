"""The recipes of README, followed to the letter in a copy of the project."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.places.copies import ROOT, seeded_place
from tests.places.projects import copied_project, run_in

COLUMN = "source_host"
EDITS = {
    "ingest/shared/crm_columns.py": (
        '    Column("created_at", TIME, _TIMES),\n)\nUSERS',
        (
            '    Column("created_at", TIME, _TIMES),\n'
            f'    Column("{COLUMN}", TEXT, _TEXTS, is_carried=True),\n)\nUSERS'
        ),
    ),
    "dbt_project/models/staging/crm/_sources.yml": (
        """          - {name: request_uuid, description: "{{ doc('request_uuid') }}"}\n""",
        (
            """          - {name: request_uuid, description: "{{ doc('request_uuid') }}"}\n"""
            f"          - {{name: {COLUMN}, description: The host that wrote the audit.}}\n"
        ),
    ),
    "dbt_project/models/staging/crm/stg_crm__audits.sql": (
        "        source.request_uuid,\n",
        f"        source.request_uuid,\n        source.{COLUMN},\n",
    ),
    "dbt_project/models/staging/crm/stg_crm__audits.yml": (
        """      - {name: request_uuid, description: "{{ doc('request_uuid') }}"}\n""",
        (
            """      - {name: request_uuid, description: "{{ doc('request_uuid') }}"}\n"""
            f"      - {{name: {COLUMN}, description: The host that wrote the audit.}}\n"
        ),
    ),
    "dbt_project/models/marts/activity_logs.sql": (
        "            request_uuid := audits.request_uuid,\n",
        (
            "            request_uuid := audits.request_uuid,\n"
            f"            {COLUMN} := audits.{COLUMN},\n"
        ),
    ),
    "dbt_project/models/marts/activity_logs.yml": (
        "request_uuid varchar, contact_source",
        f"request_uuid varchar, {COLUMN} varchar, contact_source",
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the recipe was followed."""
    folder = copied_project(tmp_path_factory.mktemp("recipe"))
    for name, (before, after) in EDITS.items():
        text = (folder / name).read_text()
        assert text.count(before) == 1, name
        (folder / name).write_text(text.replace(before, after))
    return folder


def test_a_new_source_column_is_a_matter_of_the_files_that_readme_names() -> None:
    """At most six, each once, and all of them."""
    [recipe] = re.findall(
        r"(?m)^- \*\*A new source column\*\*.*$", (ROOT / "README.md").read_text()
    )
    named = re.findall(r"`((?:ingest|dbt_project|loaders)/[\w./]+)`", recipe)
    assert sorted(named) == sorted(EDITS)
    assert len(named) <= 6


def test_a_new_source_column_reaches_mongodb_and_its_proof(
    project: Path, servers: Any, tmp_path: Path
) -> None:
    """Without the recipe the extract names the column; with it the run is whole, and a change drifts."""
    with seeded_place(servers.env, "demo-small", tmp_path / "var") as place:
        place.crm(f"alter table audits add column {COLUMN} text default 'web-1'")
        refused = place.run("ingest", "extract")
        assert refused.returncode == 1
        assert f"column {COLUMN} is new" in refused.stderr
        for arguments in (("ingest", "probe"), ("loaders", "migrate")):
            done = run_in(project, place, *arguments)
            assert done.returncode == 0, done.stdout + done.stderr
        with place.cdp() as database:
            logs = database.activity_logs
            migrated = {"source_tag": "crm_migration"}
            count = logs.count_documents(migrated)
            assert count > 1_000
            assert logs.count_documents(migrated | {f"metadata.{COLUMN}": "web-1"}) == count
            audit_id = logs.find_one(migrated)["metadata"]["crm_audit_id"]
        verdict = ("status", "fidelity_pct", "sample_differences")
        assert [place.job()[name] for name in verdict] == ["completed", 100.0, 0]

        change = f"update audits set {COLUMN} = 'web-2' where id = %s"  # noqa: S608 - our own name
        place.crm(change, audit_id)
        done = run_in(project, place, "loaders", "migrate")
        assert done.returncode == 0, done.stdout + done.stderr
        assert [place.job()[name] for name in verdict] == ["completed", 100.0, 0]
        assert place.job()["drift"] == {"source": 1}
