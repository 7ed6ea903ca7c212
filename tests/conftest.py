"""Real servers for every test that asks for them: one PostgreSQL, MongoDB and USMAN a session."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class RunningServers:
    """The session's servers, filled with the demo's data.

    `env` holds what the stages read (spec §2-§4), and `CRM_DEMO_ADMIN_URL`, which may write.
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
    from ingest.demo.seeding import seed
    from ingest.demo.servers import running_servers

    var_dir = Path(tempfile.mkdtemp(prefix="crm-tests-"))
    try:
        with running_servers(var_dir / "demo") as variables:
            seed(variables, var_dir / "demo" / "usman.json")
            yield RunningServers(variables, var_dir)
    finally:
        shutil.rmtree(var_dir, ignore_errors=True)
