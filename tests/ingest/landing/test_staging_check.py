"""The proof that staging equals the source finds what a cursor cannot."""

import psycopg
import pytest

from ingest.landing.staging_check import ranges
from tests.places.crm_sources import Sources


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
