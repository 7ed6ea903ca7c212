"""The CRM is never written (rule: source)."""

import pytest

from ingest.shared.errors import CrmError
from ingest.sources.crm_session import Session
from tests.places.crm_sources import Sources


def test_the_session_refuses_to_write(sources: Sources) -> None:
    """The role may write, the session may not."""
    with Session.opened(sources.crm_url) as session:
        assert session.is_read_only()
        with pytest.raises(CrmError, match="read-only transaction"):
            session.execute("delete from audits")


def test_a_snapshot_is_read_only_and_does_not_move(sources: Sources) -> None:
    """Counts and rows read inside are of one moment."""
    query = "select count(*) as audit_count from audits"
    with Session.opened(sources.crm_url) as session:
        with session.snapshot():
            before = session.rows(query)
            sources.add_audits(301, 310)
            assert session.is_read_only()
            assert session.rows(query) == before
        assert session.rows(query) != before


def test_options_in_the_url_are_kept(sources: Sources) -> None:
    """The engineer's own options reach PostgreSQL unchanged."""
    url = f"{sources.crm_url}?options=-c%20search_path%3Dpg_catalog&connect_timeout=3"
    with Session.opened(url) as session:
        rows = session.rows("select current_setting('search_path') as search_path")
    assert rows == [{"search_path": "pg_catalog"}]
