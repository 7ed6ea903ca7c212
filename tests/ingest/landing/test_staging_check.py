"""The proof that staging equals the source finds what a cursor cannot."""

from pathlib import Path

import duckdb
import psycopg
import pytest

from ingest.landing.staged import Warehouse
from ingest.landing.staged_sums import PIECE_AUDITS, pieces_of
from ingest.landing.staging_check import check_staging, ranges
from ingest.settings import SourceSettings
from ingest.shared.errors import CrmError
from ingest.shared.pieces import ALL, Piece
from ingest.shared.progress import Unwatched
from ingest.shared.seeds import find_account, read_mapped_types
from ingest.sources.crm import Crm
from ingest.sources.crm_sums import bucket_sums
from tests.places.crm_sources import SLOW_AUDITS, Sources


def test_an_audit_that_was_committed_late_is_found(sources: Sources) -> None:
    """Rule `staging equals source`: its id is smaller than one that was read, so no cursor comes by again."""
    sources.crm("delete from audits where id = 150")
    sources.add_audits(100_001, 100_003)
    with psycopg.connect(sources.crm_url) as slow:
        slow.execute(
            "insert into audits (id, organization_id, auditable_type, action, created_at) "
            "values (150, 101, 'CrmDeal', 'update', '2020-02-01')"
        )
        assert sources.extract().returncode == 0
    assert sources.differences() != 0
    assert "(1 late, 0 changed, 0 gone" in sources.extract().stdout
    assert sources.differences() == 0


def test_a_deleted_audit_is_taken_out_of_staging(sources: Sources) -> None:
    """Rule `source`: `max_audits` deletes the oldest ones."""
    sources.extract()
    sources.crm("delete from audits where id in (1, 4)")
    assert "(0 late, 0 changed, 2 gone" in sources.extract().stdout
    assert sources.differences() == 0
    assert sources.staged("select late_count, changed_count, gone_count from raw_crm.extracts") == [
        (0, 0, 0),
        (0, 0, 2),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "audited_changes = '--- {}'",
        "comment = ''",
        "comment = null",
        "version = null",
        "created_at = created_at + interval '1 microsecond'",
        "username = 'ü'",
        "user_id = user_id + 1",
        "request_uuid = 'x', remote_address = null",
    ],
)
def test_a_change_in_place_is_found(sources: Sources, change: str) -> None:
    """Rule `source`: a merged audit keeps its id and time; any column may differ."""
    sources.crm("update audits set comment = 'said' where id = 7")
    sources.extract()
    sources.crm(f"update audits set {change} where id = 7")  # noqa: S608
    assert "(0 late, 1 changed, 0 gone" in sources.extract().stdout
    assert sources.differences() == 0


def test_neighbouring_buckets_are_read_together_but_not_too_many() -> None:
    """A range holds at most eight buckets of 16,384 ids, so that memory stays bounded."""
    assert list(ranges([0, 1, 3])) == [(0, 32_767), (49_152, 65_535)]
    assert [last - first + 1 for first, last in ranges(range(9))] == [8 * 16_384, 16_384]
    assert list(ranges([])) == []


def test_the_ids_are_cut_into_pieces_of_so_many_audits_without_a_gap() -> None:
    """Between two buckets, and open at both ends: what comes meanwhile is in one of them."""
    few = [(0, 9), (16_384, 9)]
    assert pieces_of(few) == [ALL]
    assert pieces_of([]) == [ALL]
    many = [(0, 9), (16_384, PIECE_AUDITS), (49_152, 1)]
    assert pieces_of(many) == [
        Piece(ALL.first, 16_383),
        Piece(16_384, 49_151),
        Piece(49_152, ALL.last),
    ]


def test_what_the_source_cannot_sum_in_time_is_summed_in_pieces(sources: Sources) -> None:
    """A time-out that ends the whole statement is survived; the counts are whole, a change is found."""
    sources.crm("truncate audits")
    for bucket in range(4):
        sources.add_audits(bucket * 16_384 + 1, bucket * 16_384 + 45)
    sources.extract()
    sources.crm("update audits set comment = 'changed' where id = 49153")
    sources.crm(SLOW_AUDITS)
    settings = SourceSettings.from_env(
        sources.env | {"CRM_AUDITS_RELATION": "slow.audits", "CRM_STATEMENT_SECONDS": "1"}
    )
    account, types = find_account("demo-small"), read_mapped_types()
    with Crm.opened(settings, account, types) as crm:
        crm.cutoff(None)
        with pytest.raises(CrmError, match="statement timeout"):
            bucket_sums(crm, ALL)
        found = check_staging(crm, Warehouse(sources.var_dir / "demo-small"), Unwatched())
    assert (found.source_count, found.late_count, found.changed_count) == (120, 0, 1)
    assert sum(found.audit_counts["audit_count"].to_pylist()) == 180
    assert sources.differences() == 0


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    """Rule `security`: somebody made the account's folder before."""
    folder = tmp_path / "demo-small"
    folder.mkdir()
    folder.chmod(0o777)
    assert Warehouse.of(tmp_path, "demo-small").folder.stat().st_mode & 0o777 == 0o700


def test_the_last_extract_is_the_last_whatever_the_clock_says(sources: Sources) -> None:
    """The clock was an hour fast when the first one ended."""
    sources.extract()
    with duckdb.connect(sources.var_dir / "demo-small" / "staging.duckdb") as connection:
        connection.execute("update raw_crm.extracts set extracted_at = '2100-01-01'")
    sources.crm("delete from audits where id = 1")
    sources.extract()
    last = "select gone_count from raw_crm.extracts order by extracted_at desc limit 1"
    assert sources.staged(last) == [(1,)]
