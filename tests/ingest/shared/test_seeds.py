"""The seed of accounts as analysts save it (rule: seeds)."""

import shutil
from pathlib import Path

import pytest

from ingest.shared.errors import InvalidSeedError
from ingest.shared.seeds import SEEDS, find_account, read_accounts


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the seeds that a test may change."""
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def test_a_spreadsheet_s_byte_order_mark_is_no_part_of_a_name(seeds: Path) -> None:
    """What Excel saves as UTF-8 is read."""
    path = seeds / "accounts.csv"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert "demo-small" in read_accounts(seeds)


def test_an_organization_that_is_no_number_is_told_by_its_line(seeds: Path) -> None:
    """The message names the file and the line; the exit code is that of wrong use."""
    path = seeds / "accounts.csv"
    path.write_text(path.read_text().replace(",101,", ",one,"))
    with pytest.raises(InvalidSeedError, match=r"accounts\.csv line 2") as raised:
        find_account("demo-medium", seeds)
    assert raised.value.exit_code == 2
