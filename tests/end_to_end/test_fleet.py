"""What is said of a fleet that cannot begin; the `migrated` fixture is one that can."""

import pytest

from tests.end_to_end.conftest import Run


@pytest.mark.parametrize(
    ("options", "exit_code", "line"),
    [
        (["--accounts", "nowhere"], 2, "error: unknown account 'nowhere'"),
        (["--accounts", " , "], 6, "error: no account is named"),
        (["--workers", "0"], 2, "error: Invalid value for '--workers'"),
        (
            ["--scheduler", "127.0.0.1"],
            2,
            "error: SCHEDULER: no Dask scheduler answers at 127.0.0.1",
        ),
    ],
)
def test_a_fleet_that_cannot_begin_is_one_line(
    options: list[str], exit_code: int, line: str, migrated: Run
) -> None:
    """Nothing is started."""
    refused = migrated("loaders", "fleet", *options)
    assert refused.returncode == exit_code, refused.stdout + refused.stderr
    assert refused.stderr.strip().splitlines()[-1].startswith(line)
    assert refused.stdout == ""
