"""``make import-id-map``: persons whose contact has no source id (rule: document)."""

from pathlib import Path

import pytest

from loaders.errors import IdMapError
from loaders.upkeep.id_map import Imported, import_id_map
from tests.loaders.conftest import Place

HEAD = "crm_person_id,customer_id\n"


def mapped(place: Place) -> dict[int, str]:
    """What the account's map holds."""
    found = place.database.crm_contact_id_map.find({"company_sso_id": place.account.company_sso_id})
    return {each["crm_person_id"]: each["customer_id"] for each in found}


def test_a_file_is_imported_once(place: Place, tmp_path: Path) -> None:
    """A second import of the same lines, saved by a spreadsheet, maps nobody anew."""
    path = tmp_path / "map.csv"
    path.write_text(HEAD + "1,a\n2, b \n", encoding="utf-8-sig")
    assert import_id_map(place.database, place.account, path) == Imported(2, 0)
    assert import_id_map(place.database, place.account, path) == Imported(0, 2)
    assert mapped(place) == {1: "a", 2: "b"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("person,customer\n1,a\n", "line 1: the columns", id="other columns"),
        pytest.param(HEAD + "1,a\nx,b\n", "line 3: crm_person_id is 'x'", id="no number"),
        pytest.param(HEAD + "1" * 5_000 + ",b\n", "line 2: crm_person_id is '1", id="no id"),
        pytest.param(HEAD + "1," + "b" * 200_000, "larger than field limit", id="no cell"),
        pytest.param(HEAD + "1,\n", "line 2: customer_id is empty", id="no contact"),
        pytest.param(HEAD + "1,a\n1,b\n", "line 3: person 1 is mapped to contact a", id="twice"),
        pytest.param(HEAD + "9,b\n", "line 2: person 9 is mapped to contact z", id="otherwise"),
    ],
)
def test_a_wrong_line_imports_nothing(
    place: Place, tmp_path: Path, text: str, problem: str
) -> None:
    """The message names file and line; the lines before it are not written either."""
    company = {"company_sso_id": place.account.company_sso_id}
    place.database.crm_contact_id_map.insert_one(company | {"crm_person_id": 9, "customer_id": "z"})
    path = tmp_path / "map.csv"
    path.write_text(text)
    with pytest.raises(IdMapError, match=problem):
        import_id_map(place.database, place.account, path)
    assert mapped(place) == {9: "z"}


def test_a_missing_file_is_told_by_its_name(place: Place, tmp_path: Path) -> None:
    """There is no traceback for a wrong path."""
    with pytest.raises(IdMapError, match=r"none\.csv: No such file"):
        import_id_map(place.database, place.account, tmp_path / "none.csv")
