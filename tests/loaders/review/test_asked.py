"""An analyst's own SQL reads the account's file and writes nothing, nowhere (rule: security)."""

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingest.shared import duckdb_file
from ingest.shared.errors import UsageError, WarehouseError
from loaders.review.asked import print_answer, write_answer

WRITING = [
    "copy (select 1) to '{folder}/out.csv'",
    "copy (select 1) to '{folder}/staging.duckdb.wal'",
    "create table other as select 1",
    "insert into texts values (9, 'x', null)",
    "attach '{folder}/other.duckdb' as other",
    "export database '{folder}/exported'",
    "install httpfs",
    "set enable_external_access = true",
    "select 1; drop table texts",
    "explain analyze copy (select 1) to '{folder}/staging.duckdb.wal'",
    "",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An account's folder with a small file."""
    with duckdb.connect(tmp_path / "staging.duckdb") as connection:
        connection.execute(
            "create table texts as select 1 as id, '=1' || chr(27) || '[2J' as text, [1, 2] as ids"
        )
        connection.execute("insert into texts select range + 2, 'x', [] from range(5000)")
    return tmp_path


@pytest.mark.parametrize("query", WRITING)
def test_nothing_but_a_select_is_let_through(folder: Path, query: str) -> None:
    """It is refused in one sentence, and no byte in the folder is another one."""
    before = _bytes(folder)
    with pytest.raises(UsageError, match="one `select` is needed") as refused:
        print_answer(folder, query.format(folder=folder), 100)
    assert "\n" not in str(refused.value)
    assert _bytes(folder) == before


def test_a_select_reads_no_file(folder: Path) -> None:
    """Not even by a function of a table."""
    with pytest.raises(UsageError, match="the query: "):
        print_answer(folder, "from read_text('/etc/passwd')", 100)


def test_an_answer_is_bounded_and_obeyed_by_no_terminal(folder: Path) -> None:
    """Of 5,001 rows the first are shown, and an escape of a value is one that is read."""
    shown = print_answer(folder, "from texts", 100)
    assert "\\x1b[2J" in shown.replace("\\e", "\\x1b")
    assert "\x1b" not in shown
    assert "5001 rows" in shown.replace(",", "").replace(" ", " ")
    assert len(shown) < 50_000


def test_a_file_has_the_whole_answer_and_no_formula(folder: Path) -> None:
    """All rows; lists as JSON."""
    path = folder / "answer.csv"
    assert write_answer(folder, "select * from texts order by id", path) == 5_001
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) == 5_001
    assert (rows[0]["text"], rows[0]["ids"]) == ("'=1 [2J", "[1, 2]")


def test_a_file_in_use_or_absent_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without the driver's words."""
    monkeypatch.setattr(duckdb_file, "LOCK_WAIT_S", 0)
    held = (
        f"import duckdb; c = duckdb.connect({str(folder / 'staging.duckdb')!r}); print(); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(WarehouseError, match="another command has it open") as refused:
            print_answer(folder, "select 1", 100)
        holder.kill()
    assert "lock" not in str(refused.value)
    with pytest.raises(WarehouseError, match="there is none; run `make ingest`"):
        print_answer(tmp_path_factory.mktemp("empty"), "select 1", 100)


def _bytes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }
