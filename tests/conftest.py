"""Real servers and a real Chromium for every test that asks for them; nothing stands in for them."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.places import shared, warm

if TYPE_CHECKING:
    import subprocess

    from playwright.sync_api import Browser, BrowserContext

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 10_000

os.environ.setdefault("RETRY_MINUTES", "0")  # a test that waits for what passes says so itself
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# What uses one of them is `slow`: servers, a browser, dbt.
SLOW = {"servers", "own_servers", "chromium", "dbt"}

NOTES = pytest.StashKey[dict[str, list[str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to keep what the tests have to tell, and what they make for each other."""
    config.stash[NOTES] = {}
    if not hasattr(config, "workerinput"):
        config.add_cleanup(partial(shutil.rmtree, shared.begin()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, by what it uses; two processes end together if folders of it come first."""
    for item in items:
        if SLOW.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class ByFolder(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Keeps a folder's tests in one process, with what they share."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Share the folders out among the processes."""
    return ByFolder(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was noted in this process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["notes"] = session.config.stash[NOTES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what another process noted."""
    node.config.stash[NOTES].update(getattr(node, "workeroutput", {}).get("notes", {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show all that was noted."""
    for heading, lines in config.stash[NOTES].items():
        terminalreporter.section(heading)
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def notes(pytestconfig: pytest.Config) -> dict[str, list[str]]:
    """Lines by their heading, which are shown after the last test."""
    return pytestconfig.stash[NOTES]


@dataclass(frozen=True, slots=True)
class RunningServers:
    """The session's servers, filled with the demo's data.

    `env` holds what the stages read, and `CRM_DEMO_ADMIN_URL`, which may write.
    """

    env: dict[str, str]
    var_dir: Path

    @property
    def admin_url(self) -> str:
        """The CRM's database, with the right to write."""
        return self.env["CRM_DEMO_ADMIN_URL"]

    def run(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run `python -m <arguments>` in the project on these servers."""
        env = {**os.environ, **self.env, "VAR_DIR": str(self.var_dir), "PYTHONPATH": str(ROOT)}
        return warm.run([warm.python(), "-m", *arguments], env | changes)


@pytest.fixture(scope="session")
def servers() -> Iterator[RunningServers]:
    """Start the embedded servers in a folder of the session's own, and leave nothing behind."""
    from ingest.demo.crm.seeding import seed
    from ingest.demo.servers.running import running_servers

    var_dir = Path(tempfile.mkdtemp(prefix="crm-tests-"))
    try:
        with running_servers(var_dir / "demo") as variables:
            seed(variables, var_dir / "demo" / "usman.json")
            yield RunningServers(variables, var_dir)
    finally:
        shutil.rmtree(var_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def own_servers() -> None:
    """Asked for by what starts servers of its own."""


@pytest.fixture(scope="session")
def dbt() -> "Callable[..., subprocess.CompletedProcess[str]]":
    """Runs a command of dbt."""
    from tests.dbt.conftest import run_dbt

    return run_dbt


def chromium_path() -> str | None:
    """Return where the machine's Chromium is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """The machine's own Chromium; none is downloaded.

    It ends with its module: its event loop would be in the way of other tests.
    """
    path = chromium_path()
    if path is None:
        pytest.skip("no chromium on the PATH: install the distribution's to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def contexts(chromium: "Browser") -> "Iterator[Callable[..., BrowserContext]]":
    """Makes browser contexts, and closes them."""
    made: list[BrowserContext] = []

    def new(**options: Any) -> "BrowserContext":
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield new
    for context in made:
        context.close()
