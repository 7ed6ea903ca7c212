"""Reads what the warehouse knows of one audit: a row of `audit_explained`, put into words."""

from collections.abc import Iterator, Mapping

from ingest.shared.errors import WarehouseError
from ingest.shared.long_texts import LONG, TEXTS
from ingest.shared.seeds import read_denied_fields
from loaders.documents.document import document, parsed_changes
from loaders.documents.long_values import restored, whole_changes
from loaders.review.explain.explained import (
    Actor,
    Candidate,
    Category,
    Contact,
    Extract,
    Json,
    Outcome,
    Reading,
    Staged,
    Warehoused,
)
from loaders.review.explain.sentences import (
    ACTORS,
    CANDIDATES,
    CATEGORY_RULES,
    CRM_USERS,
    ID_MAPS,
    LINK_REMEDIES,
    LINKS,
    PARSERS,
    SOURCE_IDS,
    SSO_USERS,
    words_of,
)
from loaders.transform.warehouse import Warehouse

Long = Mapping[str, bytes]

STAGED = """
select
    auditable_type, auditable_id, associated_type, associated_id, audit_action,
    created_at::varchar as created_at, version, crm_user_type, crm_user_id, username, comment,
    audited_changes::varchar as audited_changes
from stg.stg_crm__audits where audit_id = ?
"""
EXPLAINED = "select * from reconciliation.audit_explained where audit_id = ?"
DRIFT = "select distinct cause from reconciliation.drift where audit_id = ? order by cause"
DOCUMENT = "select * from marts.activity_logs where audit_id = ?"
EXTRACT = """
select date_trunc('second', extracted_at)::varchar as extracted_at, cutoff::varchar as cutoff,
    (
        select date_trunc('second', gone_at)::varchar
        from stg.stg_crm__gone_audits where audit_id = ?
    ) as gone_at
from raw_crm.extracts order by extracts.extracted_at desc limit 1
"""


def read(warehouse: Warehouse, audit_id: int) -> Warehoused | None:
    """Return what is known of a staged audit; none when it is not staged.

    An audit that was staged after the last transform has only its first part.

    Args:
        warehouse: The account's open warehouse.
        audit_id: The audit's key.

    Raises:
        WarehouseError: A query failed; the models are of another version.
    """
    staged = _row(warehouse, STAGED, audit_id)
    if staged is None:
        return None
    texts = warehouse.long_texts(TEXTS, [audit_id]).get(audit_id, {})
    staged |= {column: content.decode() for column, content in texts.items()}
    row = _row(warehouse, EXPLAINED, audit_id)
    if row is None:
        return Warehoused(_staged(staged, []))
    row = staged | row
    long = warehouse.long_texts(LONG, [audit_id]).get(audit_id, {})
    return Warehoused(
        staged=_staged(staged, row["denied_field_names"]),
        reading=_reading(row, long),
        contact=_contact(row),
        actor=_actor(row),
        category=_category(row),
        outcome=_outcome(row, row["outcome"], row["reason"], row["reason_detail"]),
        load_failure=(
            _outcome(row, "failed", row["load_reason"], row["load_message"])
            if row["load_reason"]
            else None
        ),
        document=_document(warehouse, audit_id, long),
        drift=[each["cause"] for each in warehouse.rows(DRIFT, (audit_id,))],
    )


def read_extract(warehouse: Warehouse, audit_id: int) -> Extract:
    """Return the last extract's scope, and what the extracts saw of the audit's deletion."""
    row = _row(warehouse, EXTRACT, audit_id)
    return Extract(**row) if row else Extract(None, None, None)


def _staged(row: Json, denied_found: list[str]) -> Staged:
    """Hide a text that holds the name of a denied field, even where it cannot be read."""
    text = str(row["audited_changes"] or "").lower()
    is_hidden = bool(denied_found) or any(name in text for name in read_denied_fields())
    shown = None if is_hidden else row["audited_changes"]
    return Staged(**row | {"audited_changes": shown}, has_denied_fields=is_hidden)


def _reading(row: Json, long: Long) -> Reading:
    return Reading(
        parser=row["parser"],
        parser_words=PARSERS.get(row["parser"], ""),
        parse_error=row["parse_error"],
        unknown_tags=row["unknown_tags"],
        changes=parsed_changes(whole_changes(row["changes"], long)),
        denied_field_names=row["denied_field_names"],
    )


def _contact(row: Json) -> Contact:
    return Contact(
        candidates=list(_candidates(row)),
        crm_person_id=row["crm_person_id"],
        by_source_id=SOURCE_IDS[row["source_id_lookup"]].format_map(row),
        by_id_map=ID_MAPS[row["id_map_lookup"]].format_map(row),
        contact_id=row["contact_id"],
        contact_source=row["contact_source"],
    )


def _candidates(row: Json) -> Iterator[Candidate]:
    for source, words in CANDIDATES.items():
        yield Candidate(
            source=source,
            crm_person_id=row[f"{source}_person_id"],
            is_taken=row["person_source"] == source,
            words=words,
            why_not=LINKS.get(row["link_lookup"]) if source == "link" else None,
        )


def _actor(row: Json) -> Actor:
    return Actor(
        crm_user=CRM_USERS[row["crm_user_lookup"]].format_map(row),
        is_email_known=row["sso_user_lookup"] not in ("no_crm_user", "no_email"),
        sso_user=SSO_USERS[row["sso_user_lookup"]],
        actor_type=row["actor_type"],
        actor_name=row["actor_name"],
        sso_user_id=row["sso_user_id"],
        words=ACTORS[row["actor_type"]],
    )


def _category(row: Json) -> Category:
    means = "{field} {status_id} means {action}"
    sets = [means.format(**each, action=row["action"]) for each in row["statuses"] or ()]
    sentence = CATEGORY_RULES[row["category_rule"]].format_map(row | {"sets": ", ".join(sets)})
    return Category(row["category"], row["action"], row["category_rule"], sentence)


def _outcome(row: Json, outcome: str, reason: str | None, detail: str | None) -> Outcome:
    link_help = LINK_REMEDIES.get(row["link_lookup"], "").format_map(row)
    values = {"detail": detail, "link_help": link_help}
    meant = words_of(reason)
    why, remedy = meant.why.format_map(values), meant.remedy.format_map(values)
    return Outcome(outcome, reason, detail, why, remedy)


def _document(warehouse: Warehouse, audit_id: int, long: Long) -> Json | None:
    """Make the document as the load does; only the job is not known before it runs."""
    row = _row(warehouse, DOCUMENT, audit_id)
    if row is None:
        return None
    made = document(restored(row, long), "")
    del made["metadata"]["job_id"]
    return made


def _row(warehouse: Warehouse, query: str, audit_id: int) -> Json | None:
    try:
        rows = warehouse.rows(query, (audit_id,))
    except WarehouseError as error:
        raise WarehouseError(
            warehouse.path, "its models are older than this command; run `make migrate` again"
        ) from error
    return rows[0] if rows else None
