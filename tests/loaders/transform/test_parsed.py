"""dbt's parsed project is kept for all accounts."""

import os
from pathlib import Path

import pytest

from loaders.transform.parsed import PARSED, parsed_once


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An account's target folder, yet to be made."""
    return tmp_path / "account" / "target"


def test_what_one_account_parsed_the_next_one_finds(target: Path, tmp_path: Path) -> None:
    """In its own target folder, where dbt looks for it."""
    first = tmp_path / "first" / "target"
    with parsed_once(tmp_path, first):
        first.mkdir(parents=True)
        (first / PARSED).write_text("parsed")
    with parsed_once(tmp_path, target):
        assert (target / PARSED).read_text() == "parsed"


def test_what_an_account_has_itself_is_not_replaced(target: Path, tmp_path: Path) -> None:
    """And is kept for the others where dbt has written it anew."""
    target.mkdir(parents=True)
    (tmp_path / PARSED).write_text("older")
    (target / PARSED).write_text("newer")
    os.utime(tmp_path / PARSED, (0, 0))
    with parsed_once(tmp_path, target):
        assert (target / PARSED).read_text() == "newer"
    assert (tmp_path / PARSED).read_text() == "newer"


def test_what_a_failed_build_left_is_not_kept(target: Path, tmp_path: Path) -> None:
    """It may have ended in the midst of it."""
    target.mkdir(parents=True)
    (target / PARSED).write_text("half")
    with pytest.raises(ZeroDivisionError), parsed_once(tmp_path, target):
        _ = 1 / 0
    assert not (tmp_path / PARSED).exists()
