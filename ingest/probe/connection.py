"""What stands between us and the CRM, and what its texts and times are (rules: source, gates).

Told so that nobody is surprised; nothing of it blocks.
"""

from collections.abc import Iterator, Sequence

import psycopg

from ingest.probe.gates import Gate, Requirement
from ingest.settings import SourceSettings
from ingest.shared.crm_columns import is_time_told
from ingest.sources.crm import Crm
from ingest.sources.crm_contract import missing_columns

WAYS = {True: "through a pool", False: "direct", None: "direct or through a pool (not known)"}
CONNECTION = Requirement("connection", "told, nothing of it blocks")


def connection_gate(crm: Crm, settings: SourceSettings) -> Gate:
    """Tell pool, encoding, columns that are not there, and times that no timeline shows."""
    [found] = crm.session.rows(
        "select current_setting('server_encoding') as encoding, "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"count(*) filter (where {is_time_told('created_at')} is not true) as invalid_time_count "
        f"from {crm.audits} where {crm.scope}"
    )
    missing = missing_columns(crm)
    crm.session.close()  # a pool may have one connection only
    is_pooled = _is_pooled(settings)
    details = {**found, "is_pooled": is_pooled, "missing_columns": missing}
    words = f"{WAYS[is_pooled]}, {found['encoding']}"
    hints = "; ".join(_hints(missing, found["encoding"], found["invalid_time_count"]))
    if hints:
        return CONNECTION.warned(words, hints, **details)
    return CONNECTION.passed(words, **details)


def _hints(missing: Sequence[str], encoding: str, time_count: int) -> Iterator[str]:
    if missing:
        yield f"read as null, since the CRM has no such column: {', '.join(missing)}"
    if encoding == "SQL_ASCII":
        yield "the database has no encoding: an audit with a text that is not UTF-8 fails alone"
    if time_count:
        yield (
            f"{time_count:,} audits with a time that is null, infinite or outside the years 1 to "
            "9999 will fail (invalid_created_at)"
        )


def _is_pooled(settings: SourceSettings) -> bool | None:
    """Compare the process that the greeting names with the one that answers; none without answer."""
    try:
        with psycopg.connect(
            settings.crm_url, connect_timeout=10, prepare_threshold=None, autocommit=True
        ) as greeted:
            answers = greeted.execute("select pg_backend_pid()").fetchall()[0][0]
            return bool(greeted.info.backend_pid != answers)
    except psycopg.Error:  # the gates before and after this one tell of it
        return None
