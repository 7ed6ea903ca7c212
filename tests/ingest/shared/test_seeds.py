"""The seed of accounts as analysts save it (rule: seeds)."""

import re
import shutil
from pathlib import Path

import pytest

from ingest.shared.errors import InvalidSeedError
from ingest.shared.seeds import (
    SEEDS,
    check_lines,
    find_account,
    read_accounts,
    read_denied_fields,
    read_mapped_types,
)


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


HEADINGS = "account,company_sso_id,crm_organization_id,migration_enabled,link_history,display_name"
WRONG = {
    "a slug that leaves the folder": (b"../x,c-1,1,true,false,X", r"line 2: account is '../x'"),
    "a slug with a capital": (b"Acme,c-1,1,true,false,X", "line 2: account is 'Acme'"),
    "no slug": (b",c-1,1,true,false,X", "line 2: account is ''"),
    "a slug with a line break": (b'"a\nb",c-1,1,true,false,X', "line 2: account is"),
    "a slug like an option": (b"--help,c-1,1,true,false,X", "line 2: account is '--help'"),
    "the demo's own folder": (b"demo,c-1,1,true,false,X", "line 2: account is 'demo'"),
    "a very long slug": (b"a" * 300 + b",c-1,1,true,false,X", "line 2: account is 'aaa"),
    "a company that looks like another": (
        "a,c-1\u200b,1,true,false,X".encode(),
        "line 2: company_sso_id has what is not seen: 'c-1\\u200b'",
    ),
    "a company with a blank": (b"a, c-1,1,true,false,X", "line 2: company_sso_id has"),
    "an organization beyond all": (b"a,c-1," + b"9" * 5_000 + b",1,1,X", "line 2: crm_org"),
    "no company": (b"a, ,1,true,false,X", "line 2: company_sso_id is blank"),
    "a company twice": (
        b"a,c-1,1,true,false,X\nb,c-1,2,true,false,Y",
        "line 3: company_sso_id repeats line 2",
    ),
    "an account twice": (b"a,c-1,1,true,false,X\na,c-2,2,true,false,Y", "line 3: account repeats"),
    "a short line": (b"a,c-1,1,true", "line 2: it has not as many values"),
    "a long line": (b"a,c-1,1,true,false,X,Y", "line 2: it has not as many values"),
    "an organization of other digits": ("a,c-1,\u0661,true,false,X".encode(), "line 2: crm_organ"),
    "an organization beyond bigint": (b"a,c-1,9223372036854775808,true,false,X", "line 2: crm_org"),
    "no UTF-8": ("a,c-1,1,true,false,Größe".encode("latin-1"), "line 2: it is not in UTF-8"),
    "an open quote": (b'a,c-1,1,true,false,"X', "line 2: it is no CSV"),
}


@pytest.mark.parametrize(("lines", "told"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_line_of_accounts_is_told(seeds: Path, lines: bytes, told: str) -> None:
    """File, line and what is wrong, before anything is made; one line of text."""
    (seeds / "accounts.csv").write_bytes(HEADINGS.encode() + b"\n" + lines + b"\n")
    with pytest.raises(InvalidSeedError, match=re.escape(told)) as raised:
        read_accounts(seeds)
    assert str(raised.value).startswith("dbt_project/seeds/accounts.csv ")
    assert "\n" not in str(raised.value)


def test_a_missing_heading_is_told(seeds: Path) -> None:
    """Of whatever seed; a file that a spreadsheet saved with semicolons is one."""
    for name, read in (
        ("accounts", read_accounts),
        ("category_map", read_mapped_types),
        ("denied_fields", read_denied_fields),
    ):
        path = seeds / f"{name}.csv"
        path.write_text("x" + path.read_text().replace(",", ";"))
        with pytest.raises(
            InvalidSeedError, match=rf"{name}\.csv line 1: the heading \w+ is missing"
        ):
            read(seeds)


def test_a_seed_that_is_not_there_is_told(seeds: Path) -> None:
    """And one that is a folder: by its name and the system's word."""
    (seeds / "accounts.csv").unlink()
    with pytest.raises(InvalidSeedError, match="cannot be read: No such file"):
        read_accounts(seeds)
    (seeds / "accounts.csv").mkdir()
    with pytest.raises(InvalidSeedError, match="cannot be read: Is a directory"):
        read_accounts(seeds)


def test_a_line_of_too_many_cells_is_told_of_every_seed(seeds: Path) -> None:
    """Before dbt meets it: by file and line, in one sentence."""
    check_lines(seeds)
    path = seeds / "denied_fields.csv"
    path.write_text(path.read_text() + "password,pin\n")
    line = len(path.read_text().splitlines())
    with pytest.raises(
        InvalidSeedError, match=rf"denied_fields\.csv line {line}: it has not as many"
    ):
        check_lines(seeds)
