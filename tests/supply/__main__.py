"""Prints what is known of the locked packages: `python -m tests.supply`; 1 where something is wrong."""

import sys

from tests.supply.licences import locked_packages, objections, table
from tests.supply.vulnerabilities import vulnerabilities


def main() -> int:
    """Print licences, then vulnerabilities, then what stands against them."""
    packages = locked_packages()
    sys.stdout.write(table(packages))
    line, is_vulnerable = vulnerabilities()
    sys.stdout.write(f"\nvulnerabilities: {line}\n")
    against = objections(packages)
    sys.stdout.writelines(
        f"licences: {each}\n" for each in against or ["none that is not explained"]
    )
    return 1 if is_vulnerable or against else 0


if __name__ == "__main__":
    sys.exit(main())
