"""Who lost an account writes nothing more: asleep, cut off, or with its whole machine (rule: clock and fence)."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.comparing import damage
from tests.faults.score import Score
from tests.faults.test_servers import wait_for_documents
from tests.faults.undisturbed import STAGES, Undisturbed
from tests.places.copies import ROOT, Place, copied_place
from tests.places.proxies import Proxy, proxied

NAMESPACES = ("--user", "--map-root-user", "--uts", "--pid", "--mount", "--mount-proc")
NAMED = ("sh", "-c", 'hostname north && exec "$@"', "sh")
ANOTHER_MACHINE = ("unshare", *NAMESPACES, "--fork", "--kill-child", *NAMED)

THEN = {
    "finishes": (STAGES["migrate"],),
    "takes all back": (("loaders", "cancel"), STAGES["rollback"]),
}


@pytest.mark.long
@pytest.mark.parametrize("then", THEN)
@pytest.mark.parametrize("how", ["asleep", "cut off"])
def test_a_writer_that_comes_back_writes_nothing_more(
    small: Undisturbed, score: Score, tmp_path: Path, how: str, then: str
) -> None:
    """Another machine takes the account over in the midst of a load and finishes, or takes all back."""
    with (
        copied_place(small.before["load"], tmp_path / "north") as place,
        proxied(place.env["CDP_MONGO_URL"]) as proxy,
        place.start(*STAGES["load"], CDP_MONGO_URL=proxy.url) as load,
    ):
        wait_for_documents(place, load)
        stop(how, load, proxy)
        end_lease(place)
        south = south_of(place, tmp_path)
        ended = [south.run(*command) for command in THEN[then]]
        go_on(how, load, proxy)
        _, errors = load.communicate()
        assert [each.returncode for each in ended] == [0] * len(ended), ended
        assert load.returncode == 1, errors
        expected = small.documents if then == "finishes" else small.empty
        found = damage(expected, place.documents())
        score.survived(f"a writer {how}, another one {then}", found)
        assert found.is_none


@pytest.mark.long
def test_another_machine_finishes_what_a_killed_one_began(
    small: Undisturbed, score: Score, tmp_path: Path
) -> None:
    """One with its own names, processes and disk dies whole; the other one knows MongoDB alone."""
    with copied_place(small.before["load"], tmp_path / "north") as place:
        command = [*ANOTHER_MACHINE, *place.command(*STAGES["load"])]
        with subprocess.Popen(
            command, cwd=ROOT, env=place.env, stdout=subprocess.DEVNULL, text=True
        ) as north:
            wait_for_documents(place, north)
            north.kill()
        south = south_of(place, tmp_path)
        assert "JOB_ALREADY_RUNNING" in south.run(*STAGES["migrate"]).stderr
        end_lease(place)
        south.done(*STAGES["migrate"])
        found = damage(small.documents, place.documents())
        score.killed("a whole machine, then another one", found, 1)
        assert found.is_none


def south_of(place: Place, folder: Path) -> Place:
    """The same account on another machine, which has nothing of it."""
    (folder / "south").mkdir(mode=0o700)
    return Place(place.account, place.env | {"VAR_DIR": str(folder / "south")})


def stop(how: str, load: "subprocess.Popen[str]", proxy: Proxy) -> None:
    """Let a load sleep, or hold back what it sends."""
    if how == "asleep":
        load.send_signal(signal.SIGSTOP)
    else:
        proxy.hold()
    time.sleep(0.2)


def go_on(how: str, load: "subprocess.Popen[str]", proxy: Proxy) -> None:
    """Wake it up, or deliver what it sent."""
    if how == "asleep":
        load.send_signal(signal.SIGCONT)
    else:
        proxy.let_go()


def end_lease(place: Place) -> None:
    """Let the lease of the running job be over."""
    with place.cdp() as database:
        jobs = database.crm_activity_log_migration_jobs
        jobs.update_one({"status": "in_progress"}, {"$set": {"lease": None}})
