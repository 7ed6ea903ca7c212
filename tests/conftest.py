"""Real servers and a real Chromium for every test that asks for them; nothing stands in for them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
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

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

NOTES = pytest.StashKey[dict[str, list[str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to keep what the tests have to tell."""
    config.stash[NOTES] = {}


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
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=env | changes,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


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


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """The machine's own Chromium; none is downloaded.

    It ends with its module: its event loop would be in the way of other tests.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
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
