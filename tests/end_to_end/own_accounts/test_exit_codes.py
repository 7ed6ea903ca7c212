"""Every exit code of the specification, reached by real runs (rule: reconciliation)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.places.copies import Place, seeded_place

ALL_GOOD, ERROR, USAGE, GATE_FAILED, HALTED, DIFFERS, NOTHING_TO_DO = range(7)
NOWHERE = "mongodb://127.0.0.1:1/cdp?serverSelectionTimeoutMS=300"
BREAK = """
    update audits set audited_changes = E'---\\nname: [unclosed\\n'
    where id in (select id from audits where organization_id = 101 order by id limit 250)
"""
MIGRATE = ("loaders", "migrate")
FORCED = (*MIGRATE, "--force")


@pytest.fixture(scope="module")
def place(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The demo's first account, of whose audits the oldest eighth cannot be read."""
    var = tmp_path_factory.mktemp("exit_codes")
    with seeded_place(servers.env, "demo-small", var) as place:
        place.crm(BREAK)
        yield place


def spoilt(place: Place) -> None:
    """Somebody writes past the loader."""
    with place.cdp() as database:
        database.activity_logs.update_one(
            {"source_tag": "crm_migration"}, {"$set": {"category": "rogue"}}
        )


def nothing(_place: Place) -> None:
    """Nothing happens between the commands."""


# One account's story, in order: what happens to it, the command, and how that ends.
STORY: tuple[tuple[str, Callable[[Place], None], tuple[str, ...], int], ...] = (
    ("no job yet", nothing, ("loaders", "status"), ALL_GOOD),
    ("no job to report", nothing, ("loaders", "report"), NOTHING_TO_DO),
    ("no job to resume", nothing, ("loaders", "load", "--resume"), NOTHING_TO_DO),
    ("nothing to roll back", nothing, ("loaders", "rollback"), NOTHING_TO_DO),
    ("no warehouse", nothing, ("loaders", "transform"), ERROR),
    ("an unknown option", nothing, (*MIGRATE, "--unknown"), USAGE),
    ("not probed", nothing, MIGRATE, GATE_FAILED),
    ("too many failures", nothing, FORCED, HALTED),
    ("not told to go on", nothing, ("loaders", "load"), HALTED),
    ("told to go on", nothing, ("loaders", "load", "--resume"), ALL_GOOD),
    ("reconciled", nothing, ("loaders", "reconcile"), ALL_GOOD),
    ("a changed document", spoilt, ("loaders", "reconcile"), DIFFERS),
    ("not confirmed", nothing, ("loaders", "rollback"), USAGE),
    ("rolled back", nothing, ("loaders", "rollback", "--yes"), ALL_GOOD),
)


def test_every_exit_code_is_reached(place: Place) -> None:
    """One account from its first command to its rollback; each failure says why in one line."""
    reached = set()
    for what, happens, arguments, expected in STORY:
        happens(place)
        done = place.run(*arguments)
        assert done.returncode == expected, f"{what}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, what
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(errors) == (expected != ALL_GOOD), f"{what}: {done.stderr}"
        reached.add(expected)
    assert reached == set(range(7))


@pytest.mark.parametrize(
    ("arguments", "changes", "exit_code"),
    [
        (("loaders", "status"), {"CDP_MONGO_URL": NOWHERE}, ERROR),
        (("ingest", "extract"), {"CRM_AUDIT_DATABASE_URL": "x://y"}, ERROR),
        (("ingest", "extract", "--date-range-start", "soon"), {}, USAGE),
        (("ingest", "probe"), {}, ALL_GOOD),
        (("loaders", "explain", "--audit", "1"), {}, NOTHING_TO_DO),
        (("loaders", "explain", "--audit", "x"), {}, USAGE),
    ],
    ids=["no MongoDB", "no URL", "no date", "probe", "no such audit", "no number"],
)
def test_other_ways_to_an_exit_code(
    place: Place, arguments: tuple[str, ...], changes: dict[str, str], exit_code: int
) -> None:
    """The same codes by other commands."""
    done = place.run(*arguments, **changes)
    assert done.returncode == exit_code, done.stdout + done.stderr
