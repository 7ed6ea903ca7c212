"""The expected hashes: made once, kept while their row is what it was."""

from contextlib import AbstractContextManager
from typing import Any

import pytest

from loaders.documents import VERSION
from loaders.load import expected
from loaders.load.expected import Expected
from loaders.transform.warehouse import Warehouse
from tests.loaders.conftest import Place
from tests.places.mart_sources import COMPANY_ID
from tests.places.warehouses import encoded_row, mart_row

HASHES = "select audit_id, content_hash from readback.expected_hashes order by audit_id"


def opened(place: Place) -> AbstractContextManager[Warehouse]:
    """The account's file."""
    return Warehouse.opened(place.folder, COMPANY_ID)


def hashes(warehouse: Warehouse) -> dict[int, str]:
    """What is kept."""
    rows = warehouse.rows(HASHES)
    assert len({row["audit_id"] for row in rows}) == len(rows)
    return {row["audit_id"]: row["content_hash"] for row in rows}


def test_a_load_leaves_the_hash_of_every_row(place: Place) -> None:
    """Each once, though some were there already and a load was made twice."""
    place.fill_with(50)
    assert place.run("load").returncode == 0
    place.database.activity_logs.delete_many({"metadata.crm_audit_id": {"$gt": 40}})
    assert place.run("load").returncode == 0
    with opened(place) as warehouse:
        found = hashes(warehouse)
    assert found == {n: encoded_row(mart_row(n)).content_hash for n in range(1, 51)}


def test_a_row_that_changed_has_no_hash_until_it_is_asked_for(place: Place) -> None:
    """The hash of another row of the same audit is not taken for its own."""
    place.fill_with(3)
    with opened(place) as warehouse:
        Expected(warehouse).complete()
        warehouse.execute("update marts.activity_logs set category = 'lead' where audit_id = 2")
        fresh = Expected(warehouse)
        assert set(hashes(warehouse)) == {1, 3}
        fresh.complete()
        assert hashes(warehouse)[2] == encoded_row(mart_row(2, category="lead")).content_hash


def test_hashes_of_another_version_count_no_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes the code that makes documents has every hash made anew."""
    place.fill_with(3)
    with opened(place) as warehouse:
        Expected(warehouse).complete()
        other = expected.FORGET.replace(VERSION, "another")
        monkeypatch.setattr(expected, "FORGET", other)
        Expected(warehouse)
        assert hashes(warehouse) == {}


def test_long_rows_are_few_in_a_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is cut by what its rows weigh, so that memory stays bounded."""
    monkeypatch.setattr(expected, "PAGE_BYTES", 10_000)
    text = f'[{{"field":"a","from":null,"to":"{"x" * 8_000}"}}]'
    rows: list[dict[str, Any]] = [mart_row(number) for number in range(1, 11)]
    place.fill([*rows, mart_row(11, changes=text), mart_row(12, changes=text)])
    with opened(place) as warehouse:
        pages, _ = Expected(warehouse).pages("")
        sizes = [page.rows.num_rows for page in pages]
    assert sum(sizes) == 12
    assert max(sizes) <= 20
    assert len(sizes) >= 3
