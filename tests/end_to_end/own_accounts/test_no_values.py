"""What fails is told by audit, reason and place: no message, log, job or report holds a value."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.demo.crm.plans import plan_of
from tests.places.copies import Place, seeded_place

MARK = "s3cr3t-mark-7391"
HOLDS_AUDITS = (".duckdb", ".wal")
REASONS = {
    *("unparseable_changes", "invalid_created_at", "ambiguous_contact", "foreign_document"),
    *("document_too_large", "write_error"),
}
UNREADABLE = (
    f"--- [{MARK}",
    f'--- "{MARK}',
    f"---\nname: {MARK}: {MARK}\n",
    f"---\nname: *{MARK}\n",
    f"---\nname: &{MARK}\n- &{MARK} a\n-b: c\n",
    f"---\nname: @{MARK}\n",
    f"---\nname: `{MARK}\n",
    f"---\nname: !<{MARK} x\n",
    f"---\nname: !{MARK}!x y\n",
    f"%{MARK} 1\n---\nname: x\n",
    f"---\n? {MARK}\nname\n",
    f"---\nname: |9x {MARK}\n",
    f"---\nname: !!binary '{MARK}'\n",
    f"---\nname: !ruby/object:BigDecimal {MARK}\n",
    f"---\n'{MARK}\\ud800': \"{MARK}\\ud800\"\n",
    f'---\nname: "{MARK}\\q"\n',
    f"--- {MARK}\n--- {MARK}\n",
    '{"name": "' + MARK,
    '{"' + MARK + '": }',
)
"""Texts that are none, each in another way; the values of some can be read all the same."""

Done = subprocess.CompletedProcess[str]


class Told:
    """An account whose audits hold the mark, and all that its commands printed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.printed: list[str] = []

    def run(self, *arguments: str, **changes: str) -> Done:
        """Run a command, and keep what it prints."""
        done = self.place.run(*arguments, **changes)
        self.printed += [f"{arguments}\n{done.stdout}{done.stderr}"]
        return done

    def leaks(self) -> dict[str, str]:
        """Every place that holds the mark, with what is around it."""
        return {name: around(text) for name, text in self._texts() if MARK in text}

    def _texts(self) -> Iterator[tuple[str, str]]:
        yield from ((text.partition("\n")[0], text) for text in self.printed)
        var_dir = Path(self.place.env["VAR_DIR"])
        for path in var_dir.rglob("*"):
            if path.is_file() and path.suffix not in HOLDS_AUDITS:
                yield str(path.relative_to(var_dir)), path.read_bytes().decode(errors="replace")
        with self.place.cdp() as database:
            for name in database.list_collection_names(filter={"name": {"$regex": "^crm_"}}):
                yield name, repr(list(database[name].find()))


def around(text: str) -> str:
    """The mark with what stands beside it."""
    at = text.index(MARK)
    return text[max(0, at - 120) : at + 60]


@pytest.fixture(scope="module")
def told(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Marked values on every way that an audit can fail, and the run that met them."""
    with seeded_place(servers.env, "demo-small", tmp_path_factory.mktemp("told") / "var") as place:
        spoil(place)
        told = Told(place)
        told.run("ingest", "probe")
        told.run("loaders", "migrate", "--force")
        yield told


def spoil(place: Place) -> None:
    """Write the mark into audits, users and contacts, each for a reason of its own."""
    person = plan_of(place.account).person_base + 1
    ids = [
        row[0]
        for row in place.crm(
            "select id from audits where organization_id = 101 and auditable_type = 'CrmPerson' "
            "and action = 'update' and auditable_id <> %s order by id limit 40",
            person,
        )
    ]
    for text in UNREADABLE:
        place.crm("update audits set audited_changes = %s where id = %s", text, ids.pop())
    too_large, foreign, refused, timeless, named, denied = (ids.pop() for _ in range(6))
    marked = f"---\nname:\n- {MARK}\n- b\nencrypted_password:\n- {MARK}\n- {MARK}\n"
    place.crm("update audits set audited_changes = %s where id = any(%s)", marked, ids)
    others = [foreign, refused, timeless, named, denied]
    place.crm("update audits set audited_changes = %s where id = any(%s)", marked, others)
    place.crm("update audits set created_at = 'infinity' where id = %s", timeless)
    place.crm(
        "update audits set username = %s, user_id = null, comment = %s, remote_address = %s, "
        "request_uuid = %s where id = %s",
        *(f"#<{MARK}>", '{"crm_person_id": "' + MARK, MARK, MARK, named),
    )
    place.crm(
        "update audits set audited_changes = '--- {a: ' || repeat(%s, 1100000) || '}' where id = %s",
        *(MARK, too_large),
    )
    place.crm("update users set full_name = %s, email = email || %s", MARK, MARK)
    company = {"company_sso_id": place.company_sso_id}
    with place.cdp() as database:
        database.contacts.update_many({}, {"$set": {"name": MARK}})
        database.contacts.insert_one({"_id": "twice", **company, "source_id": str(person)})
        taken = {**company, "external_id": f"crm_audit_{foreign}", "changes": [{"to": MARK}]}
        database.activity_logs.insert_one(taken)
        rule = {"metadata.crm_audit_id": {"$ne": refused}}
        database.command("collMod", "activity_logs", validator=rule)


def test_each_way_to_fail_was_met(told: Told) -> None:
    """Else the next tests prove nothing."""
    assert set(told.place.job()["reasons"]) >= REASONS, told.printed


def test_what_looks_at_the_run_tells_no_value(told: Told) -> None:
    """Run, report and its files, failures, status, jobs and queue; a document that was changed too."""
    with told.place.cdp() as database:
        query = {"changes.to": "b", "source_tag": "crm_migration"}
        changed = database.activity_logs.update_one(query, {"$set": {"changes.0.to": MARK}})
        assert changed.modified_count == 1
    assert told.run("loaders", "reconcile").returncode == 5
    for command in ("report", "failures", "status"):
        told.run("loaders", command)
    assert told.leaks() == {}


def test_what_ends_a_stage_tells_no_value(told: Told) -> None:
    """A broken contract of the CRM, and a failed test of dbt."""
    told.place.crm(f"alter table audits add severity text default '{MARK}'")
    assert told.run("loaders", "migrate").returncode == 1
    with duckdb.connect(told.place.folder / "staging.duckdb") as warehouse:
        warehouse.execute("update raw_crm.audits set organization_id = 999 where id % 2 = 0")
    assert told.run("loaders", "transform").returncode == 1
    assert told.leaks() == {}
