"""The marts are kept only where all that they are made from is as it was (rule: bars)."""

from pathlib import Path

import duckdb
import pytest

from loaders.transform.inputs import (
    build_id,
    forget_inputs,
    inputs,
    keep_inputs,
    kept_inputs,
    views_stand,
)
from tests.loaders.conftest import Place

CHANGES = {
    "a changed audit": "update raw_crm.audits set comment = 'merged' where id = 2",
    "a deleted audit": "delete from raw_crm.audits where id = 2",
    "a contact": "insert into raw_cdp.contacts values ('c', 'company', '7')",
    "a user who is active no more": "update raw_usman.users set status = 'inactive'",
}


def staging(place: Place) -> Path:
    """A warehouse of five audits."""
    place.fill_with(5)
    return place.folder / "staging.duckdb"


def changed(path: Path, statement: str) -> None:
    """Change the warehouse."""
    with duckdb.connect(path) as warehouse:
        warehouse.execute(statement)


def test_nothing_new_gives_the_same(place: Place) -> None:
    """Rows in another order, and another extract that brought nothing, are nothing new."""
    path = staging(place)
    before = inputs(place.account, path)
    changed(path, "create or replace table raw_crm.audits as from raw_crm.audits order by id desc")
    changed(path, "insert into raw_crm.extracts (extracted_at) values (now())")
    assert inputs(place.account, path) == before


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_every_change_is_seen(place: Place, statement: str) -> None:
    """One row of one staged table is enough."""
    path = staging(place)
    before = inputs(place.account, path)
    changed(path, statement)
    assert inputs(place.account, path) != before


def test_the_build_is_the_file_s_own(place: Place) -> None:
    """A file that was made anew has none, whatever its rows are."""
    path = staging(place)
    assert build_id(path) is None
    changed(path, "create table readback.builds as select 'one' as build_id")
    assert build_id(path) == "one"


def test_views_stand_while_code_types_and_file_are_the_same(place: Place) -> None:
    """Of new rows and a new mapping they are not made anew; of a column's new type they are."""
    path = staging(place)
    last = inputs(place.account, path) | {"build": "one"}
    changed(path, "delete from raw_crm.audits where id = 2")
    now = inputs(place.account, path) | {"build": "one", "seeds": {"category_map": "another"}}
    assert now["sources"] != last["sources"]
    assert views_stand(last, now)
    assert not views_stand(None, now)
    assert not views_stand(last, now | {"build": "of another file"})
    assert not views_stand(last, now | {"code": ["another"]})
    changed(path, "alter table raw_crm.audits alter version type varchar")
    assert not views_stand(last, inputs(place.account, path) | {"build": "one"})


def test_a_build_that_failed_counts_no_more(tmp_path: Path) -> None:
    """What is kept is forgotten before dbt begins."""
    assert kept_inputs(tmp_path) is None
    keep_inputs(tmp_path, {"account": "demo-small"})
    assert kept_inputs(tmp_path) == {"account": "demo-small"}
    forget_inputs(tmp_path)
    assert kept_inputs(tmp_path) is None
