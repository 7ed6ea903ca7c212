"""What one process of the tests has made, and all of them may use, as accounts of one `VAR_DIR` do.

It is dbt's parsed project, and the results of those of dbt's tests that are of the code alone.
"""

import os
import shutil
import tempfile
from pathlib import Path

from loaders.transform.parsed import PARSED
from loaders.transform.results import CODE_TESTS

FOLDER = "CRM_TESTS_SHARED"


def begin() -> Path:
    """Make the folder, for this process and all that it starts."""
    made = tempfile.mkdtemp(prefix="shared-")
    os.environ[FOLDER] = made
    return Path(made)


def take(var_dir: Path) -> None:
    """Copy what there is by now into a `VAR_DIR`, which is made."""
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (PARSED, CODE_TESTS):
        if FOLDER in os.environ and (made := Path(os.environ[FOLDER]) / name).exists():
            shutil.copy2(made, var_dir)


def give(folder: Path) -> None:
    """Share what is in a `VAR_DIR`, or in dbt's target folder, and nobody has made before."""
    for name in (PARSED, CODE_TESTS):
        if FOLDER in os.environ and (folder / name).exists():
            made = Path(os.environ[FOLDER]) / name
            if not made.exists():
                written = made.with_suffix(f".{os.getpid()}")
                shutil.copy2(folder / name, written)
                written.replace(made)
