"""A CSV file obeys nothing of what it tells (rule: security)."""

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from ingest.shared.errors import UsageError
from loaders.review.csv_files import write_csv

CELLS = {
    "a formula": ("=1+1", "'=1+1"),
    "after blanks": ("  @SUM(A1)", "'  @SUM(A1)"),
    "a command": ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
    "in full width": ("\uff1d1", "'\uff1d1"),
    "in small letters": ("\ufe621", "'\ufe621"),
    "after what nobody sees": ("\u200b\ufeff=1", "'\u200b\ufeff=1"),
    "after a tab": ("\t=1", "' =1"),
    "a line feed at the start": ("\nCrmDeal", "' CrmDeal"),
    "an escape within": ("a\x1b[31mb", "a [31mb"),
    "a number below zero": (-5, "-5"),
    "a text": ('say "hi", 5', 'say "hi", 5'),
    "a list of formulas": (["=1", 2 * "="], '["=1", "=="]'),
    "nothing": (None, ""),
}


@pytest.mark.parametrize(("cell", "written"), CELLS.values(), ids=CELLS.keys())
def test_no_cell_is_a_formula_and_none_has_control_characters(
    tmp_path: Path, cell: object, written: str
) -> None:
    """A text that begins as a formula is quoted, control characters are blanks, numbers stay."""
    path = tmp_path / "cells.csv"
    batch = pa.RecordBatch.from_pydict({"cell": [cell, cell], "next": ["x", "y"]})
    assert write_csv(path, batch.schema, [batch]) == 2
    assert list(csv.reader(path.read_text().splitlines())) == [
        ["cell", "next"],
        [written, "x"],
        [written, "y"],
    ]


def test_a_file_that_cannot_be_written_is_a_wrong_usage(tmp_path: Path) -> None:
    """In one line, by its name."""
    with pytest.raises(UsageError, match=r"none/cells\.csv cannot be written"):
        write_csv(tmp_path / "none" / "cells.csv", pa.schema([("cell", pa.string())]), [])


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Nor does a folder in the file's place."""
    (tmp_path / "cells.csv").mkdir()
    with pytest.raises(UsageError, match=r"cells\.csv cannot be written"):
        write_csv(tmp_path / "cells.csv", pa.schema([("cell", pa.string())]), [])
    assert [path.name for path in tmp_path.iterdir()] == ["cells.csv"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What it leads to stays as it was."""
    (tmp_path / "other.txt").write_text("mine")
    (tmp_path / "cells.csv").symlink_to("other.txt")
    write_csv(tmp_path / "cells.csv", pa.schema([("cell", pa.string())]), [])
    assert (tmp_path / "other.txt").read_text() == "mine"
    assert (tmp_path / "cells.csv").read_text() == '"cell"\n'
