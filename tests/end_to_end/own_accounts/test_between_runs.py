"""What USMAN, the CDP, the gem and an operator do between two runs leaves every document as it is (rule: drift)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ingest.demo.crm.plans import Plan
from tests.places import shared
from tests.places.copies import Place, seeded_place
from tests.places.crm_sources import Reply, usman_server
from tests.places.logs import audits_of, drift_of, first_with, kept_in, logs_of

ACCOUNT = "demo-small"
PLAN = Plan(ACCOUNT, 101, 600, 1_000_001, seed=2)
MIGRATE = ("loaders", "migrate", "--force")
PERSON, USER = "metadata.crm_person_id", "actor.crm_user_id"
MERGED_RECORDS, MERGED_AUDITS = 3, 2
OLDEST_AUDITS = """
    select auditable_id, array_agg(id order by version), array_agg(audited_changes order by version)
    from (
        select *, row_number() over (partition by auditable_id order by version) as place
        from audits where organization_id = 101 and auditable_type = 'CrmPerson'
    ) as ranked
    where place <= %s
    group by auditable_id having count(*) = %s
    order by auditable_id
"""
COMBINED = "This audit is the result of multiple audits being combined."
DATA = ("activity_logs", "contacts", "crm_contact_id_map")
OF_INDEXES = {"createIndexes", "listIndexes"}
PROFILE_BYTES = 64 * 2**20
ENTRY = re.compile(r"^(\w+):.*\n(?:[- ].*\n)*", re.MULTILINE)


def answering(inactive: str = "", unknown: str = "") -> Reply:
    """A USMAN that knows every user as active but for two."""

    def reply(query: dict[str, str]) -> tuple[int, bytes]:
        users = [
            {
                "sso_id": f"sso-{email}",
                "email": email,
                "status": "inactive" if email == inactive else "active",
            }
            for email in query["emails"].split(",")
            if email not in ("", unknown)
        ]
        return 200, json.dumps({"users": users}).encode()

    return reply


@dataclass(frozen=True, slots=True)
class Changed:
    """A place that was migrated, changed, and migrated from an empty folder.

    Args:
        place: The place.
        before: Its documents by audit, before the second run.
        users: One whom USMAN calls inactive, and one whom it no longer knows.
        persons: Two who have each other's contact, and one who has none.
        combined: The audits that the gem's `max_audits` merged, each record's last one at its end.
    """

    place: Place
    before: dict[int, dict[str, Any]]
    users: tuple[int, int]
    persons: tuple[int, int, int]
    combined: list[list[int]]

    @property
    def gone(self) -> set[int]:
        """The audits that the gem deleted."""
        return {audit_id for audits in self.combined for audit_id in audits[:-1]}


def combine(place: Place, logs: dict[int, dict[str, Any]]) -> list[list[int]]:
    """Merge the oldest audits of migrated records into their last ones, as `max_audits` does."""
    combined: list[list[int]] = []
    for _, audits, texts in place.crm(OLDEST_AUDITS, MERGED_AUDITS, MERGED_AUDITS):
        if len(combined) == MERGED_RECORDS or not logs.keys() >= set(audits):
            continue
        entries: dict[str, str] = {}
        for text in texts:
            entries |= {found[1]: found[0] for found in ENTRY.finditer(text)}
        changes = "---\n" + "".join(entries.values())
        statement = "update audits set audited_changes = %s, comment = %s where id = %s"
        place.crm(statement, changes, f"\n{COMBINED}", audits[-1])
        place.crm("delete from audits where id = any(%s)", audits[:-1])
        combined.append(audits)
    return combined


def move_contacts(place: Place, one: int, other: int, lost: int) -> None:
    """Let two persons have each other's contact, and one none."""
    company = {"company_sso_id": place.company_sso_id}
    with place.cdp() as database:
        for old, new in ((one, "between"), (other, one), ("between", other)):
            query = company | {"source_id": str(old)}
            moved = database.contacts.update_one(query, {"$set": {"source_id": str(new)}})
            assert moved.modified_count == 1
        assert database.contacts.delete_one(company | {"source_id": str(lost)}).deleted_count == 1


@pytest.fixture(scope="module")
def changed(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    """Migrate, let everybody change his mind, and migrate from an empty folder."""
    var = tmp_path_factory.mktemp("between")
    with (
        usman_server() as usman,
        seeded_place(servers.env | {"USMAN_URL": usman.url}, ACCOUNT, var / "one", [PLAN]) as place,
    ):
        usman.replies = [answering()]
        with place.cdp() as database:
            database.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
            database.command("profile", 2)
        place.done(*MIGRATE)
        logs = logs_of(place)
        by_users = {id_: each for id_, each in logs.items() if each["actor"]["type"] == "user"}
        inactive = first_with(by_users, USER)
        unknown = first_with(by_users, USER, inactive)
        emails = dict(place.crm("select id, lower(email) from users"))
        usman.replies = [answering(emails[inactive], emails[unknown])]
        one = first_with(logs, PERSON)
        other = first_with(logs, PERSON, one)
        lost = first_with(logs, PERSON, one, other)
        move_contacts(place, one, other, lost)
        combined = combine(place, logs)
        again = Place(ACCOUNT, place.env | {"VAR_DIR": str(var / "another")})
        shared.give(var / "one")
        shared.take(var / "another")
        again.done(*MIGRATE)
        yield Changed(again, logs, (inactive, unknown), (one, other, lost), combined)


def test_the_run_is_completed_and_overwrites_nothing(changed: Changed) -> None:
    """No failure, no difference, no document made anew."""
    job = changed.place.job()
    assert (job["status"], job["error"], job["differences"]) == ("completed", None, {})
    assert (job["counts"]["failed"], job["counts"]["migrated"]) == (0, 0)
    assert job["explained_pct"] == job["fidelity_pct"] == 100
    assert logs_of(changed.place) == changed.before


def test_each_drift_has_its_cause(changed: Changed) -> None:
    """Of the documents that would be made otherwise today, and of no other one."""
    persons = [audits_of(changed.before, PERSON, each) - changed.gone for each in changed.persons]
    lost = persons[-1]
    merged = {audits[-1] for audits in changed.combined}
    users = [audits_of(changed.before, USER, each) for each in changed.users]
    assert len(merged) == MERGED_RECORDS
    expected: dict[int, set[str]] = {}
    for audits, cause in (
        (set[int]().union(*persons), "contact"),
        (merged - lost, "source"),
        (set[int]().union(*users) - changed.gone - lost, "actor"),
    ):
        for audit_id in audits:
            expected.setdefault(audit_id, set()).add(cause)
    assert drift_of(changed.place) == expected
    assert kept_in(changed.place) == changed.gone


def test_after_a_purge_a_narrower_range_keeps_what_is_older(changed: Changed) -> None:
    """The sum closes, and no share is above 100 %: MongoDB alone knows what was moved before."""
    changed.place.done("loaders", "purge", "--force", "--yes")
    times = sorted(each["created_at"] for each in changed.before.values())
    start = times[len(times) // 2].date().isoformat()
    changed.place.done(*MIGRATE, "--date-range-start", start)
    job = changed.place.job()
    assert (job["status"], job["error"], job["differences"]) == ("completed", None, {})
    assert job["counts"]["migrated"] == 0
    assert job["explained_pct"] == job["fidelity_pct"] == 100
    assert job["accuracy_pct"] <= 100
    older = {
        id_ for id_, each in changed.before.items() if each["created_at"].date().isoformat() < start
    }
    assert kept_in(changed.place) == older | changed.gone
    assert logs_of(changed.place) == changed.before


def test_every_command_on_data_names_the_company(changed: Changed) -> None:
    """As MongoDB itself saw them: on a sharded collection each goes to the account's shard alone."""
    with changed.place.cdp() as database:
        database.command("profile", 0)
        places = [f"{database.name}.{collection}" for collection in DATA]
        seen = [
            each.get("originatingCommand") or each["command"]
            for each in database["system.profile"].find({"ns": {"$in": places}})
        ]
        without = database.activity_logs.count_documents({"company_sso_id": None})
    asked = [command for command in seen if not OF_INDEXES & command.keys()]
    assert {"insert", "find", "aggregate"} <= {kind for command in asked for kind in command}
    told = [command for command in asked if "insert" not in command]
    assert [command for command in told if "company_sso_id" not in str(command)] == []
    assert without == 0  # of an insert the profiler does not tell the documents
