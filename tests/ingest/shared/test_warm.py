"""A child that forks from a warm process ends with whom it works for (rule: fleet)."""

import os
import select
import subprocess
import sys
from pathlib import Path

from ingest.shared.settings import ROOT

CHILD = """
import os, sys
print(os.getpid(), file=sys.stderr, flush=True)
while True: sum(range(1000))
"""
PARENT = """
import os, sys
from pathlib import Path
from ingest.shared.warm import WarmChild, keep_warm

if __name__ == "__main__":
    keep_warm(["json"])
    child = WarmChild([sys.executable, "-m", "endless"], os.environ, Path.cwd(), quiet=True)
    print(child.stderr.readline(), flush=True)
    child.wait()
"""
PATIENCE_S = 10


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    """At once, although the server that it forked from is another process: it may hold a file."""
    (tmp_path / "endless.py").write_text(CHILD)
    (tmp_path / "parent.py").write_text(PARENT)
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    command = [sys.executable, str(tmp_path / "parent.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        ended, _, _ = select.select([child], [], [], PATIENCE_S)
        os.close(child)
    assert ended
