"""Pages of mart rows become the documents that the rows are, one by one."""

import pyarrow as pa
import pytest

from ingest.shared.pool import map_in_processes
from loaders.documents.document import MAX_BYTES
from loaders.documents.encode import Page, encode_page, hash_page
from tests.places.warehouses import encoded_row, mart_row

TEXTS = ("[]", '[{"field":"a","from":null,"to":12345678901234567890}]', '[{"field":"\\u0000"}]')
LONG = f'[{{"field":"a","from":null,"to":"{"x" * MAX_BYTES}"}}]'


def page_of(*numbers: int, **changes: str) -> Page:
    """A page of the mart."""
    rows = [mart_row(number, changes=TEXTS[number % len(TEXTS)]) for number in numbers]
    return Page(pa.Table.from_pylist([row | {"row_hash": 1} | changes for row in rows]))


@pytest.mark.parametrize("is_small", [True, False], ids=["here", "in processes"])
def test_every_document_is_the_encoded_row(is_small: bool) -> None:
    """Neither the way through Arrow and processes nor the size of a page changes a byte."""
    pages = [page_of(*range(start, start + 7)) for start in range(0, 70, 7)]
    made = pa.concat_tables(list(map_in_processes(encode_page, pages, is_small=is_small)))
    rows = [row for page in pages for row in page.rows.to_pylist()]
    expected = [encoded_row(row) for row in rows]
    assert made["document"].to_pylist() == [each.document for each in expected]
    assert made["content_hash"].to_pylist() == [each.content_hash for each in expected]
    assert made["audit_id"].to_pylist() == list(range(70))


def test_what_mongodb_would_refuse_has_a_hash_and_no_document() -> None:
    """One document beyond 16 MB fails alone; its neighbour is made."""
    rows = page_of(1, 2, 3).rows.to_pylist()
    page = pa.Table.from_pylist([rows[0], rows[1] | {"changes": LONG}, rows[2]])
    made = encode_page(Page(page))
    assert [document is None for document in made["document"].to_pylist()] == [False, True, False]
    assert None not in made["content_hash"].to_pylist()


def test_a_hash_alone_is_the_document_s() -> None:
    """What reading back expects is what loading writes."""
    page = page_of(1, 2, 3)
    assert hash_page(page)["content_hash"] == encode_page(page)["content_hash"]


def test_no_rows_are_no_documents() -> None:
    """An empty page has the columns of a full one."""
    assert encode_page(Page(page_of(1).rows.slice(1))).num_rows == 0
