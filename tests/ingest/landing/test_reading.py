"""Each staged text is read once, by the reader of this version (rule: audit texts)."""

import gzip
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from rich.console import Console

from ingest.audited_yaml import parse
from ingest.landing import reading
from ingest.landing.reading import read_changes
from ingest.landing.staged import Warehouse
from ingest.shared.long_texts import whole_texts
from loaders.documents.long_values import whole_changes
from tests.places.crm_sources import ROOT, Sources

GOLDEN = ROOT / "tests" / "golden" / "audits_text.jsonl.gz"
READ = "select audit_id, value::varchar, parser, error, unknown_tags from raw_crm.audit_changes"
SILENT = Console(quiet=True)


def warehouse_of(folder: Path, texts: dict[int, str | None]) -> Warehouse:
    """A staging file of which nothing is read yet."""
    warehouse = Warehouse.of(folder, "demo-small")
    rows = pa.table({"id": list(texts), "audited_changes": pa.array(texts.values(), pa.string())})
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create schema raw_crm")
        connection.register("rows", rows)
        connection.execute(
            "create table raw_crm.audits as select *, null::varchar as comment from rows"
        )
    return warehouse


def golden_texts(count: int) -> dict[int, str | None]:
    """Texts of the real gem, as often as they are needed."""
    with gzip.open(GOLDEN, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["audited_changes"] for line in lines]
    return {number: texts[number % len(texts)] for number in range(count)}


@pytest.mark.parametrize("few_bytes", [0, 10**9], ids=["in processes", "here"])
def test_the_table_holds_what_the_reader_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_bytes: int
) -> None:
    """Row by row, from pages that hold few texts, whoever reads them; long values stand beside."""
    monkeypatch.setattr(reading, "FEW_BYTES", few_bytes)
    monkeypatch.setattr(reading, "PAGE_BYTES", 50_000)
    texts = golden_texts(3_000) | {-1: None, -2: "[", -3: "--- !ruby/object:Unheard\na: 1\n"}
    warehouse = warehouse_of(tmp_path, texts)
    read_changes(warehouse, SILENT)
    with duckdb.connect(warehouse.path) as connection:
        long = whole_texts(connection.sql("from raw_crm.long_values").to_arrow_table())
        found = {
            audit_id: (value and whole_changes(value, long.get(audit_id, {})), *rest)
            for audit_id, value, *rest in connection.sql(READ).fetchall()
        }
    expected = {audit_id: parse(text) for audit_id, text in texts.items()}
    assert found == {
        audit_id: (each.value_json, each.parser, each.error, list(each.unknown_tags))
        for audit_id, each in expected.items()
    }


def test_a_text_is_not_read_twice(sources: Sources) -> None:
    """Of a later extract only the new audits are read; the others keep their rows."""
    assert "changes: 200 of 200" in sources.extract().stdout
    sources.add_audits(301, 303)
    assert "changes: 2 of 2" in sources.extract().stdout
    assert sources.staged("select count(*) from raw_crm.audit_changes") == [(202,)]


def test_what_another_version_read_is_read_anew(sources: Sources) -> None:
    """By the next extract, by itself, and nothing else is."""
    sources.extract()
    with duckdb.connect(sources.var_dir / "demo-small" / "staging.duckdb") as connection:
        connection.execute(
            "update raw_crm.audit_changes set value = '1', reader_version = 'older' "
            "where audit_id in (1, 3)"
        )
    assert "changes: 2 of 2" in sources.extract().stdout
    assert sources.staged("select count(distinct reader_version) from raw_crm.audit_changes") == [
        (1,)
    ]
    assert sources.staged("select count(*) from raw_crm.audit_changes where value = '1'") == [(0,)]


def test_a_text_that_changed_in_place_is_read_anew(sources: Sources) -> None:
    """Rule `source`: the row keeps its id and time; what it says follows the text."""
    sources.extract()
    sources.crm("update audits set audited_changes = E'---\nmerged: 1\n' where id = 7")
    sources.crm("delete from audits where id = 1")
    sources.extract()
    assert sources.staged(
        "select value::varchar from raw_crm.audit_changes where audit_id in (1, 7)"
    ) == [('{"merged":1}',)]


def test_the_file_of_another_account_is_refused(sources: Sources) -> None:
    """A folder that was renamed is not filled with a second account's rows."""
    sources.extract()
    with duckdb.connect(sources.var_dir / "demo-small" / "staging.duckdb") as connection:
        connection.execute("update raw_crm.accounts set account = 'demo-medium'")
    refused = sources.extract()
    assert refused.returncode == 1
    assert "it is of the account demo-medium" in refused.stderr
