"""What stands between us and the CRM, and what its texts and times are (rules: source, gates).

Told so that nobody is surprised; nothing of it blocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg

from ingest.probe.gates import Gate, Requirement
from ingest.settings import SourceSettings
from ingest.shared.crm_columns import AUDITS, TEXT, is_time_told
from ingest.sources.crm import Crm
from ingest.sources.crm_contract import missing_columns

WAYS = {True: "through a pool", False: "direct", None: "direct or through a pool (not known)"}
# In a database without encoding a letter is a byte: these are the sequences of RFC 3629.
UTF8 = (
    r"^([\x01-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    r"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    r"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*$"
)
CONNECTION = Requirement("connection", "told, nothing of it blocks")


def connection_gate(crm: Crm, settings: SourceSettings) -> Gate:
    """Tell pool, encoding, columns that are not there, and times that no timeline shows."""
    [found] = crm.session.rows(
        "select current_setting('server_encoding') as encoding, "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"count(*) filter (where {is_time_told('created_at')} is not true) as invalid_time_count "
        f"from {crm.audits} where {crm.scope}"
    )
    found["invalid_text_count"] = _count_invalid_texts(crm) if crm.is_in_bytes else 0
    missing = missing_columns(crm)
    crm.session.close()  # a pool may have one connection only
    is_pooled = _is_pooled(settings)
    details = {**found, "is_pooled": is_pooled, "missing_columns": missing}
    words = f"{WAYS[is_pooled]}, {found['encoding']}"
    hints = "; ".join(_hints(missing, found))
    if hints:
        return CONNECTION.warned(words, hints, **details)
    return CONNECTION.passed(words, **details)


def _count_invalid_texts(crm: Crm) -> int:
    """Count the audits that have a text of bytes that are not UTF-8."""
    names = (column.name for column in AUDITS if column.type == TEXT)
    is_invalid = " or ".join(f"{crm.value(name)}::text !~ '{UTF8}'" for name in names)
    query = (
        f"select count(*) as audit_count from {crm.audits} "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"where {crm.scope} and ({is_invalid}) and "
    )
    found = crm.by_id(lambda piece: crm.session.rows(query + piece.condition)[0])
    return sum(each["audit_count"] for each in found)


def _hints(missing: Sequence[str], found: Mapping[str, Any]) -> Iterator[str]:
    if missing:
        yield f"read as null, since the CRM has no such column: {', '.join(missing)}"
    if found["encoding"] == "SQL_ASCII":
        yield (
            f"the database has no encoding: {found['invalid_text_count']:,} audits with a text "
            "that is not UTF-8 will fail, each alone (invalid_text)"
        )
    if time_count := found["invalid_time_count"]:
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
