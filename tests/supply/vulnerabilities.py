"""Asks for known vulnerabilities of the locked packages; silence is told, never taken for health.

Where its service cannot be reached `pip-audit` may say that none are known: a mirror that has only
packages answers each question with *not found*, and each package is passed over. So what counts is
how many packages were looked at.
"""

import json
import subprocess
import sys

from tests.supply.licences import LOCK, ROOT

NOT_REACHED = "not checked: the service that knows them was not reached"
COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes"),
    *("--disable-pip", "--progress-spinner", "off", "--timeout", "5", "--format", "json"),
)
PATIENCE_S = 300


def vulnerabilities() -> tuple[str, bool]:
    """Return what is known in one line or more, and whether it is a fault."""
    try:
        done = subprocess.run(
            COMMAND, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
    except subprocess.TimeoutExpired:
        return NOT_REACHED, False
    return told(done.stdout)


def told(answer: str) -> tuple[str, bool]:
    """Read the JSON of `pip-audit`; it is empty where the service was not reached."""
    try:
        packages = json.loads(answer)["dependencies"]
    except ValueError:
        return NOT_REACHED, False
    looked_at = [package for package in packages if "skip_reason" not in package]
    found = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in looked_at
        for fault in package["vulns"]
    ]
    if not looked_at:
        return NOT_REACHED, False
    count = f"{len(looked_at)} of {len(packages)} packages looked at"
    return "\n  ".join([f"{len(found)} known; {count}", *found]), bool(found)
