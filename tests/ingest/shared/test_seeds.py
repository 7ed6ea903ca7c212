"""The seed of accounts as analysts save it (spec §5)."""

import shutil
from pathlib import Path

import pytest

import ingest.errors
import ingest.shared.seeds
import loaders.accounts
import loaders.errors
from loaders.accounts import SEEDS


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the seeds that a test may change."""
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def test_a_spreadsheet_s_byte_order_mark_is_no_part_of_a_name(seeds: Path) -> None:
    """What Excel saves as UTF-8 is read by both stages."""
    path = seeds / "accounts.csv"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert "demo-small" in loaders.accounts.read_accounts(seeds)
    assert "demo-small" in ingest.shared.seeds.read_accounts(seeds)


def test_an_organization_that_is_no_number_is_told_by_its_line(seeds: Path) -> None:
    """The message names the file and the line; the exit code is that of wrong use."""
    path = seeds / "accounts.csv"
    path.write_text(path.read_text().replace(",101,", ",one,"))
    with pytest.raises(loaders.errors.InvalidSeedError, match=r"accounts\.csv line 2") as raised:
        loaders.accounts.find_account("demo-medium", seeds)
    assert raised.value.exit_code == 2
    with pytest.raises(ingest.errors.InvalidSeedError, match=r"accounts\.csv line 2"):
        ingest.shared.seeds.find_account("demo-medium", seeds)
