"""Asks MongoDB for the log of an audit, and the CRM for an audit that is not staged."""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId
from psycopg import sql
from psycopg.rows import dict_row

from ingest.shared.crm_columns import is_time_told
from ingest.shared.denied import is_denied
from ingest.shared.mongo import connected, translated
from ingest.shared.seeds import Account, read_mapped_types
from ingest.shared.settings import Settings
from loaders.documents.document import content_hash, field_differences
from loaders.jobs.store import Jobs
from loaders.load.collection import ActivityLogs
from loaders.review.explain.explained import AtSource, Difference, Json, Stored
from loaders.verify.source_count import crm_session, named, trusted

NOT_SHOWN = "(holds a denied field: not shown)"
STATEMENT_S = 30


def ask_mongodb(
    url: str, account: Account, audit_id: int, expected: Json | None, denied: frozenset[str]
) -> Stored:
    """Return what MongoDB holds under the audit's key, compared field by field.

    Args:
        url: The CDP's URL.
        account: The account.
        audit_id: The audit's key.
        expected: The document that the rules make; none when they make none, then a log is only
            held against its own hash.
        denied: The denied fields, whose values are in no answer (rule: denied fields).

    Raises:
        CdpError: MongoDB cannot be reached or refuses.
    """
    external_id = f"crm_audit_{audit_id}"
    with connected(url) as database, translated():
        found = ActivityLogs(database, account.company_sso_id).find([external_id]).get(external_id)
        if found is None:
            return Stored(is_found=False)
        metadata = found.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        job_id = str(metadata["job_id"]) if "job_id" in metadata else None
        is_known = Jobs(database, account).knows(job_id)
    differing = differences(expected or found, found, denied)  # a hash alone can be wrong too
    return Stored(
        is_found=True,
        is_ours=is_known and metadata.get("content_hash") == content_hash(found),
        is_equal=not differing if expected else None,
        job_id=job_id,
        written_at=_written_at(found["_id"]),
        differences=differing,
    )


def differences(expected: Json, actual: Json, denied: frozenset[str]) -> list[Difference]:
    """Return every field in which a log is not what the rules make, without denied values.

    A ``content_hash`` that is not the hash of the log's own content is a difference as well.
    """
    found = [
        _shown(Difference(*difference), denied)
        for difference in field_differences(
            _by_number(expected, denied), _by_number(actual, denied)
        )
    ]
    metadata = actual.get("metadata")
    stored_hash = metadata.get("content_hash") if isinstance(metadata, Mapping) else None
    actual_hash = content_hash(actual)
    if stored_hash != actual_hash:
        found.append(Difference("metadata.content_hash", actual_hash, str(stored_hash)))
    return found


def ask_crm(settings: Settings, account: Account, audit_id: int, cutoff: Any) -> AtSource:
    """Return why the extract leaves an audit out, read-only and by its id.

    Of an audit of another organization nothing but that organization is read.

    Args:
        settings: Where the CRM is, and its names.
        account: The account.
        audit_id: The audit's key.
        cutoff: Start of the scope of the last extract, naive UTC.

    Raises:
        CrmError: PostgreSQL cannot be reached or refuses.
    """
    values = {
        "audit_id": audit_id,
        "tenant": account.crm_organization_id,
        "types": list(read_mapped_types()),
        "cutoff": cutoff,
    }
    with crm_session(settings, STATEMENT_S) as session:
        cursor = session.cursor(row_factory=dict_row)
        row = cursor.execute(_query(settings), values).fetchone()
    return AtSource(is_found=True, **row) if row else AtSource(is_found=False)


def _query(settings: Settings) -> sql.Composed:
    column = settings.tenant_column
    tenant = named(column) if column else trusted("%(tenant)s::bigint")
    return sql.SQL(
        "select organization_id, is_own, is_own and is_mapped as is_mapped, "
        "is_own and is_older as is_older, "
        "case when is_own then auditable_type end as auditable_type, "
        "case when is_own then action end as audit_action, "
        "case when is_own then created_at::text end as created_at "
        "from (select auditable_type, action, created_at, {tenant} as organization_id, "
        "coalesce({tenant} = %(tenant)s, false) as is_own, "
        "coalesce(auditable_type::text = any(%(types)s), false) as is_mapped, "
        "coalesce(created_at < %(cutoff)s::timestamp and {told}, false) as is_older "
        "from {audits} where id = %(audit_id)s::bigint) as found"
    ).format(
        tenant=tenant,
        told=trusted(is_time_told("created_at")),
        audits=named(settings.audits_relation),
    )


def _written_at(key: Any) -> str | None:
    is_timed = isinstance(key, ObjectId)
    return f"{key.generation_time:%Y-%m-%d %H:%M:%S}" if is_timed else None


def _by_number(document: Json, denied: frozenset[str]) -> Json:
    """Number the changes, so that each is compared by itself; a denied one loses its values."""
    changes = document.get("changes")
    if not isinstance(changes, list) or not all(isinstance(each, Mapping) for each in changes):
        return document
    kept = [
        dict.fromkeys(each, NOT_SHOWN) | {"field": each.get("field")}
        if is_denied(str(each.get("field")), denied)
        else each
        for each in changes
    ]
    return document | {"changes": {str(number): each for number, each in enumerate(kept, start=1)}}


def _shown(difference: Difference, denied: frozenset[str]) -> Difference:
    text = f"{difference.field} {difference.actual}".lower()
    if difference.actual == f'"{NOT_SHOWN}"' or not any(name in text for name in denied):
        return difference
    return Difference(difference.field, difference.expected, NOT_SHOWN)
