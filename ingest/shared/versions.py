"""The version of a piece of code that its results depend on: a hash of its source."""

import hashlib
from pathlib import Path


def source_version(folder: Path) -> str:
    """Hash the Python files of a folder: whoever changes them has changed the version."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
