"""Whatever happens to an account, in whatever order, its promises hold."""

import shutil
import uuid
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loaders.jobs.errors import (
    HaltedError,
    JobAlreadyRunningError,
    JobCancelledError,
    JobHaltedError,
    LeaseLostError,
    NoResumableJobError,
)
from loaders.jobs.job_document import RESUMABLE
from loaders.load import load, rollback
from tests.faults.accounts import AnAccount, Countdown, KilledError
from tests.faults.undisturbed import Undisturbed
from tests.places.copies import Place, copy_cdp, with_database

BATCH = 20
OTHER_COMPANY = "another company"
SHORT = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=40, stateful_step_count=25)
PLACES = st.integers(0, 10_000)
RESUME = st.sampled_from(["no", "no", "if it can", "yes"])


class AnyOrder(RuleBasedStateMachine):
    """Runs, kills, resumes, rollbacks, new audits and rogue writes.

    The test sets where the right documents and the warehouse come from, and a folder.
    """

    undisturbed: ClassVar[Undisturbed]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.right = dict(self.undisturbed.documents.migrated.keys())
        before = self.undisturbed.before["load"]
        name = f"faults_{uuid.uuid4().hex[:12]}"
        var = self.folder / name
        url = with_database(before.env["CDP_MONGO_URL"], name)
        self.place = Place(before.account, before.env | {"CDP_MONGO_URL": url, "VAR_DIR": str(var)})
        shutil.copytree(before.folder, self.place.folder)
        copy_cdp(before, self.place, ["activity_logs"])
        self.account = AnAccount(self.place, before.folder / "staging.duckdb")
        self.company = self.place.company_sso_id
        self.touched: set[int] = set()
        self.changed: dict[int, str] = {}
        self.is_superseded = False
        self.halted_with = ""

    def teardown(self) -> None:
        """Leave nothing behind."""
        with self.place.cdp() as database:
            database.client.drop_database(self.place.name)
        shutil.rmtree(self.place.folder.parent)

    @initialize()
    def begin(self) -> None:
        """A small account, and a log of another company under one of its keys."""
        self.account.stage(150)
        with self.place.cdp() as database:
            database.activity_logs.insert_one(
                {
                    "company_sso_id": OTHER_COMPANY,
                    "external_id": f"crm_audit_{min(self.account.ready_ids)}",
                    "source_tag": "crm_migration",
                    "metadata": {"crm_audit_id": 1},
                }
            )
        self.at_first = self.account.documents()
        self.others = set(self.at_first.migrated)

    @rule(count=st.sampled_from([1, 40, 90]))
    def new_audits(self, count: int) -> None:
        """The CRM's users go on working."""
        self.account.stage(count)

    @rule(place=PLACES, count=st.sampled_from([3, 40, 60]))
    def a_rule_breaks(self, place: int, count: int) -> None:
        """Some audits that have no document yet fail in the transform from now on."""
        fresh = sorted(self.account.ready_ids - self.loaded().keys())
        first = place % max(1, len(fresh) - count)
        self.account.spoil(fresh[first : first + count])

    @rule()
    def the_rule_is_mended(self) -> None:
        """They are mapped again."""
        self.account.mend()

    @rule(resume=RESUME)
    def trigger(self, resume: str) -> None:
        """A run that nothing disturbs."""
        self.run(Countdown(), resume=resume)

    @rule(resume=RESUME, steps=st.integers(1, 9), again=st.booleans())
    def trigger_and_kill(self, resume: str, steps: int, again: bool) -> None:
        """A run that is killed between two batches, and perhaps taken over at once."""

        def die() -> None:
            self.account.orphan()
            raise KilledError

        self.run(Countdown(die, steps), resume=resume)
        if again:
            self.run(Countdown(), resume="no")

    @rule(resume=RESUME, steps=st.integers(1, 12))
    def trigger_and_interrupt(self, resume: str, steps: int) -> None:
        """A run that is interrupted from the keyboard."""

        def interrupt() -> None:
            raise KeyboardInterrupt

        self.run(Countdown(interrupt, steps), resume=resume)

    @rule(resume=RESUME, steps=st.integers(1, 12))
    def trigger_and_stall(self, resume: str, steps: int) -> None:
        """A run that sleeps beyond its lease, while another takes its job over."""

        def sleep() -> None:
            self.account.orphan()
            self.run(Countdown(), resume="no")
            self.is_superseded = True

        self.run(Countdown(sleep, steps), resume=resume)

    @precondition(lambda self: self.loaded() or self.status() == "rolling_back")
    @rule(steps=st.sampled_from([0, 1, 3]))
    def roll_back(self, steps: int) -> None:
        """A rollback, perhaps killed between two batches."""

        def die() -> None:
            raise KilledError

        status = self.status()
        before = self.loaded()
        try:
            self.account.roll_back(Countdown(die, steps))
        except KilledError:
            self.account.orphan(status="rolling_back", finished_at=None)
        except JobAlreadyRunningError:
            assert status == "in_progress"
            assert self.loaded() == before
        else:
            assert set(self.account.documents().migrated) == self.others
            self.touched.clear()

    @precondition(lambda self: self.loaded())
    @rule(place=PLACES, what=st.sampled_from(["deletes", "changes", "adds"]))
    def a_rogue_writes(self, place: int, what: str) -> None:
        """Somebody writes past the loader."""
        loaded = sorted(self.loaded())
        chosen = loaded[place % len(loaded)]
        key = {"company_sso_id": self.company, "external_id": f"crm_audit_{chosen}"}
        with self.place.cdp() as database:
            logs = database.activity_logs
            if what == "deletes":
                logs.delete_one(key)
            elif what == "changes":
                logs.update_one(key, {"$set": {"metadata.content_hash": "", "category": "rogue"}})
            else:
                self.add_copy(logs, key)
        self.touched.add(chosen)
        self.changed[chosen] = self.loaded().get(chosen, "")
        self.halted_with = self.account.documents().digest

    def add_copy(self, logs: Any, key: dict[str, str]) -> None:
        """Add a document of an audit that does not exist."""
        copy = logs.find_one(key, {"_id": 0})
        number = 10**9 + copy["metadata"]["crm_audit_id"] % 10**9
        copy["metadata"]["crm_audit_id"] = number
        key = key | {"external_id": f"crm_audit_{number}"}
        logs.replace_one(key, copy | key, upsert=True)
        self.touched.add(number)

    @rule()
    def reconcile(self) -> None:
        """It finds what differs, by a count made here, and nothing else."""
        verdict = self.account.reconcile()
        loaded, ready = self.loaded(), self.account.ready_ids
        failed = self.account.failed_to_load_ids() - loaded.keys()
        drifted = self.account.spoilt_ids & loaded.keys() - self.touched
        wrong = [number for number in loaded.keys() & ready if not self.is_right(number, loaded)]
        expected = {
            "content": len(wrong),
            "extra": len(loaded.keys() - ready - drifted),
            "missing": len(ready - loaded.keys() - failed),
        }
        assert verdict.differences == {kind: count for kind, count in expected.items() if count}
        assert sum(verdict.figures["drift"].values()) == len(drifted)
        is_open = len(loaded.keys() - drifted) + len(failed) != len(ready)
        assert verdict.open_hops == (("loaded",) if is_open else ())

    @invariant()
    def every_log_is_right(self) -> None:
        """Migrated logs are right or touched by a rogue, none is double, all others are as before."""
        found = self.account.documents()
        assert found.native == self.at_first.native
        assert self.others <= set(found.migrated)
        assert max(found.migrated.values()) == 1
        loaded = self.loaded()
        for number in loaded.keys() - self.touched:
            assert self.is_right(number, loaded)

    @invariant()
    def nothing_is_overwritten(self) -> None:
        """What a rogue changed stays so for as long as it is there."""
        loaded = self.loaded()
        self.changed = {each: content for each, content in self.changed.items() if each in loaded}
        for number, content in self.changed.items():
            assert loaded[number] == content

    @invariant()
    def nothing_is_written_after_a_halt(self) -> None:
        """Until it is resumed or rolled back."""
        if self.status() == "halted":
            assert self.account.documents().digest == self.halted_with

    def run(self, progress: Countdown, *, resume: str) -> None:
        """Run a load, and check that it ends as the state before allows."""
        status, before = self.status(), self.loaded()
        resumes = resume == "yes" or (resume == "if it can" and status in RESUMABLE)
        refusal: Exception | None = None
        try:
            self.account.load(progress, resume=resumes)
        except (KilledError, JobCancelledError):
            return
        except LeaseLostError:
            assert self.is_superseded
            self.is_superseded = False
            return
        except HaltedError:
            self.check_halted(before)
            return
        except (JobAlreadyRunningError, JobHaltedError, NoResumableJobError) as error:
            refusal = error
        assert (type(refusal) if refusal else None) is expected_refusal(status, resumes)
        if refusal:
            assert self.loaded() == before
        else:
            self.check_completed(is_fresh=not resumes and status != "in_progress")

    def check_completed(self, is_fresh: bool) -> None:
        """All that is ready is there; only what a rogue deleted behind a resumed run is not."""
        assert not self.is_superseded
        missing = self.account.ready_ids - self.loaded().keys()
        assert missing <= (set() if is_fresh else self.touched)
        job = self.place.job()
        counts = job["counts"]
        outcomes = [counts[name] for name in ("migrated", "already_present", "skipped", "failed")]
        assert (job["status"], sum(outcomes)) == ("completed", self.account.count)
        assert not is_fresh or counts["failed"] <= 0.1 * self.account.count

    def check_halted(self, before: dict[int, str]) -> None:
        """The job is halted, and no later document than its last batch's was written."""
        assert not self.is_superseded
        job = self.place.job()
        assert job["status"] == "halted"
        written = self.loaded().keys() - before.keys()
        assert max(written, default=0) <= (job["last_audit_id"] or 0)
        self.halted_with = self.account.documents().digest

    def loaded(self) -> dict[int, str]:
        """Return the content of the account's migrated logs by audit id."""
        found = self.account.documents().migrated
        keys = ((key.rpartition(" "), content) for key, content in found)
        return {int(number): text for (company, _, number), text in keys if company == self.company}

    def is_right(self, number: int, loaded: dict[int, str]) -> bool:
        """Tell whether a document is what an undisturbed run writes."""
        return self.right.get(f"{self.company} {number}") == loaded[number]

    def status(self) -> str:
        """Return the status of the newest job, empty where there is none."""
        with self.place.cdp() as database:
            jobs = database.crm_activity_log_migration_jobs
            found = jobs.find_one({}, sort=[("started_at", -1), ("_id", -1)])
        return str(found["status"]) if found else ""


def expected_refusal(status: str, resume: bool) -> type[Exception] | None:
    """Return how a run is refused in a state, nothing where it may begin."""
    if status == "in_progress":
        return None  # its holder is dead: it is taken over
    if status == "rolling_back":
        return JobAlreadyRunningError
    if resume:
        return None if status in RESUMABLE else NoResumableJobError
    return JobHaltedError if status == "halted" else None


@pytest.mark.parametrize(
    "chosen",
    [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.long)],
)
def test_whatever_happens_the_promises_hold(
    small: Undisturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: settings
) -> None:
    """Runs of random steps, the same ones each time, upon a few hundred audits."""
    monkeypatch.setattr(load, "BATCH_ROWS", BATCH)
    monkeypatch.setattr(rollback, "BATCH_ROWS", BATCH)
    monkeypatch.setattr(AnyOrder, "undisturbed", small, raising=False)
    monkeypatch.setattr(AnyOrder, "folder", tmp_path, raising=False)
    run_state_machine_as_test(AnyOrder, settings=chosen)
