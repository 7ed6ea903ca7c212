"""One account with long texts of every kind moves within little memory (rule: long texts)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.audited_yaml import parse
from ingest.demo.crm.plans import plan_of
from tests.places.copies import Place, seeded_place

KB, MB = 1_000, 1_000_000
# Of what only one audit is: a document beyond 16 MB, a long comment, a denied field, a bomb.
TOO_LARGE, COMMENTED, DENIED, BOMB = 90_000_001, 90_000_002, 90_000_003, 90_000_004
LITTLE = "350MB"
INSERT = """
    insert into audits
    select %s + number, %s, number, 'CrmTicket', %s, 'CrmPerson', %s, 'User', null, %s,
        replace(%s::text, '~', repeat(md5(number::text), %s)), 1, null, '10.0.0.1', null,
        timestamp '2024-01-01' + number * interval '1 second'
    from generate_series(1, %s) as number
"""
CREATE, UPDATE = "---\nbody: '~'\nname: x\n", '---\nbody:\n- "old ~"\n- "ü~"\n'
# First id, how many, size of a text, action and text: thousands in a row, and among short ones.
KINDS = (
    (10_000_000, 2_000, 5 * KB // 2, "update", UPDATE),
    (20_000_000, 20, MB, "create", CREATE),
    (30_000_000, 500, 20 * KB, "create", CREATE),
    (40_000_000, 60, MB // 2, "update", UPDATE),
)


@pytest.fixture(scope="module")
def place(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The account, migrated with less memory for DuckDB than the texts have."""
    with seeded_place(servers.env, "demo-small", tmp_path_factory.mktemp("long")) as place:
        for first, count, size, action, text in KINDS:
            insert(place, first, count, size, action, text)
        insert(place, TOO_LARGE - 1, 1, 17 * MB, "create", CREATE)
        comment = json.dumps(
            {"crm_person_id": plan_of("demo-small").person_base + 2, "note": "n" * 50 * KB}
        )
        secret = json.dumps({"profile": {"otp_secret": "hush", "bio": "b" * 50 * KB}})
        bomb = "- &a0 [x, x]\n" + "".join(
            f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20)
        )
        for audit, text in ((COMMENTED, '{"a": 1}'), (DENIED, secret), (BOMB, bomb)):
            insert(place, audit - 1, 1, 0, "create", text)
        place.crm("update audits set comment = %s where id = %s", comment, COMMENTED)
        place.done("ingest", "probe")
        place.done("loaders", "migrate", DUCKDB_MEMORY=LITTLE)
        yield place


def insert(place: Place, first: int, count: int, size: int, action: str, text: str) -> None:
    """Let the CRM write audits of one kind."""
    plan = plan_of(place.account)
    user, person = plan.user_base + 1, plan.person_base + 1
    ids = (first, plan.organization_id, person, user)
    place.crm(INSERT, *ids, action, text, size // 32, count)


def test_all_but_two_arrive(place: Place) -> None:
    """A document beyond 16 MB and a text that would expand without bound fail, each alone."""
    job = place.job()
    assert job["status"] == "completed"
    assert job["reasons"]["document_too_large"] == 1
    assert job["fidelity_pct"] == 100
    assert job["sample_differences"] == 0
    with place.cdp() as database:
        query = {"metadata.crm_audit_id": {"$gte": KINDS[0][0]}}
        stored = database.activity_logs.count_documents(query)
    assert stored == sum(count for _, count, *_ in KINDS) + 2


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[1]} of {kind[2]} bytes")
def test_a_long_text_is_what_the_reader_reads(place: Place, kind: tuple[Any, ...]) -> None:
    """The first and the last of a kind, to the letter."""
    for audit_id in (kind[0] + 1, kind[0] + kind[1]):
        [(text,)] = place.crm("select audited_changes from audits where id = %s", audit_id)
        value = parse(text).value
        body = value["body"] if kind[3] == "update" else [None, value["body"]]
        [change] = [each for each in log(place, audit_id)["changes"] if each["field"] == "body"]
        assert [change["from"], change["to"]] == body


def log(place: Place, audit_id: int) -> dict[str, Any]:
    """A migrated document."""
    with place.cdp() as database:
        found = database.activity_logs.find_one({"external_id": f"crm_audit_{audit_id}"})
    assert found is not None
    return dict(found)


def test_a_long_comment_names_its_person_and_arrives_whole(place: Place) -> None:
    """The rules read the id in its JSON; the document has every letter."""
    metadata = log(place, COMMENTED)["metadata"]
    assert metadata["contact_source"] == "comment+source_id"
    assert len(json.loads(metadata["comment"])["note"]) == 50 * KB


def test_a_denied_field_in_a_long_value_is_dropped(place: Place) -> None:
    """With its value, and nothing else of what it stands in."""
    [change] = log(place, DENIED)["changes"]
    assert change["to"] == {"bio": "b" * 50 * KB}


def test_a_second_run_has_nothing_to_do(place: Place) -> None:
    """What was read, made and written stays; the collection is the same."""
    before = place.documents()
    done = place.done("loaders", "migrate", DUCKDB_MEMORY=LITTLE)
    assert "nothing changed since the last build" in done.stdout
    assert place.documents() == before


def test_a_changed_long_document_is_found_and_told_in_short(place: Place) -> None:
    """Reconciliation names the field; what it keeps of the values is their beginning."""
    audit_id = KINDS[1][0] + 1
    key = {"external_id": f"crm_audit_{audit_id}"}
    original = log(place, audit_id)
    with place.cdp() as database:
        try:
            database.activity_logs.update_one(key, {"$set": {"changes.0.to": "spoilt"}})
            assert place.run("loaders", "reconcile").returncode == 5
            told = place.done("loaders", "explain", "--audit", str(audit_id), "--json").stdout
        finally:
            database.activity_logs.replace_one(key, original)
    found = json.loads(told)["mongodb"]["differences"]
    [difference] = [each for each in found if each["field"].startswith("changes")]
    assert len(difference["expected"]) < 3_000


def test_a_long_audit_is_explained(place: Place) -> None:
    """By the text and the values that have left its row, cut to what a terminal shows."""
    shown = place.done("loaders", "explain", "--audit", str(KINDS[0][0] + 1)).stdout
    assert "more characters" in shown
    assert "long_values" not in shown


def test_want_of_memory_is_one_line(place: Place) -> None:
    """The pages that dbt and DuckDB write become the setting to change."""
    (place.folder / "target" / "inputs.json").unlink()
    done = place.run("loaders", "transform", DUCKDB_MEMORY="30MB")
    assert done.returncode == 1
    assert "DUCKDB_MEMORY=30MB" in done.stderr
    assert "Traceback" not in done.stderr
