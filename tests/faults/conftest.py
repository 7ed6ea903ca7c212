"""The places, the undisturbed runs and the score of the faults.

`pytest tests/faults --faults=var/faults.json` runs the long ones too and writes the score there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOTES
from tests.faults.score import Score
from tests.faults.undisturbed import Undisturbed, undisturbed_run
from tests.places.copies import Place, copied_place

OPTION = "--faults"
SCORE = pytest.StashKey[Score]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make test-faults` ask for all of them."""
    parser.addoption(OPTION, metavar="JSON", help="run the long faults too; where the score goes")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to keep the score."""
    config.stash[SCORE] = Score()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long ones out unless they are asked for."""
    if not config.getoption(OPTION, default=None):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Note the table, and write the score where it is asked for."""
    score = session.config.stash[SCORE]
    path = session.config.getoption(OPTION, default=None)
    if score.lines:
        session.config.stash[NOTES]["faults"] = score.table()
    if path:
        score.write(Path(path))
        session.config.stash[NOTES]["score"] = [str(path)]


@pytest.fixture(scope="session")
def score(pytestconfig: pytest.Config) -> Score:
    """The session's score."""
    return pytestconfig.stash.setdefault(SCORE, Score())


@pytest.fixture(scope="session")
def small(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    """A simulated account with 10,000 audits."""
    var = tmp_path_factory.mktemp("small")
    with undisturbed_run(servers.env, "demo-small", 8_000, var) as found:
        yield found


@pytest.fixture(scope="session")
def medium(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    """A simulated account with 40,000 audits, for the long faults."""
    var = tmp_path_factory.mktemp("medium")
    with undisturbed_run(servers.env, "demo-medium", 28_000, var) as found:
        yield found


@pytest.fixture
def ready(small: Undisturbed, tmp_path: Path) -> Iterator[Place]:
    """The small account with its warehouse transformed, nothing loaded."""
    with copied_place(small.before["load"], tmp_path / "var") as place:
        yield place


@pytest.fixture
def migrated(small: Undisturbed, tmp_path: Path) -> Iterator[Place]:
    """The small account, migrated."""
    with copied_place(small.before["rollback"], tmp_path / "var") as place:
        yield place


@pytest.fixture
def untouched(small: Undisturbed, tmp_path: Path) -> Iterator[Place]:
    """The small account before its first run."""
    with copied_place(small.before["ingest"], tmp_path / "var") as place:
        yield place
