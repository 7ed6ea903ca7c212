"""Reads what the warehouse knows of one audit (spec §8)."""

from ingest.shared.errors import WarehouseError
from loaders.documents.document import document, parsed_changes
from loaders.review.explain import queries, sentences
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
from loaders.transform.warehouse import Warehouse


def read(warehouse: Warehouse, audit_id: int) -> Warehoused | None:
    """Return what is known of a staged audit; none when it is not staged.

    An audit that was staged after the last transform has only its first part.

    Args:
        warehouse: The account's open warehouse.
        audit_id: The audit's key.

    Raises:
        WarehouseError: A query failed; the models are of another version.
    """
    staged = _row(warehouse, queries.STAGED, audit_id)
    if staged is None:
        return None
    outcome = _row(warehouse, queries.OUTCOME, audit_id)
    if outcome is None:
        return Warehoused(Staged(**staged))
    failure = _row(warehouse, queries.LOAD_FAILURE, audit_id)
    return Warehoused(
        staged=Staged(**staged),
        reading=_reading(_part(warehouse, queries.READING, audit_id)),
        contact=_contact(_part(warehouse, queries.CONTACT, audit_id)),
        actor=_actor(_part(warehouse, queries.ACTOR, audit_id)),
        category=_category(_part(warehouse, queries.CATEGORY, audit_id)),
        outcome=_outcome(outcome),
        load_failure=_outcome(failure) if failure else None,
        document=_document(warehouse, audit_id),
    )


def read_extract(warehouse: Warehouse, audit_id: int) -> Extract:
    """Return the last extract's scope, and what the extracts saw of the audit's deletion."""
    row = _row(warehouse, queries.EXTRACT, audit_id)
    return Extract(**row) if row else Extract(None, None, None)


def read_denied(warehouse: Warehouse) -> frozenset[str]:
    """Return the names of the denied fields, in lower case (spec §8.6)."""
    return frozenset(row["field"] for row in warehouse.rows(queries.DENIED))


def _reading(row: Json) -> Reading:
    return Reading(
        parser=row["parser"],
        parser_words=sentences.PARSERS.get(row["parser"], ""),
        parse_error=row["parse_error"],
        unknown_tags=row.get("unknown_tags"),
        changes=parsed_changes(row["changes"]),
        denied_field_names=row["denied_field_names"],
    )


def _contact(row: Json) -> Contact:
    return Contact(
        candidates=[_candidate(row, source) for source in sentences.CANDIDATES],
        crm_person_id=row["crm_person_id"],
        by_source_id=row["by_source_id"],
        by_id_map=row["by_id_map"],
        contact_id=row["contact_id"],
        contact_source=row["contact_source"],
    )


def _candidate(row: Json, source: str) -> Candidate:
    return Candidate(
        source=source,
        crm_person_id=row[f"{source}_person_id"],
        is_taken=row["taken_source"] == source,
        words=sentences.CANDIDATES[source],
        why_not=row["link_words"] if source == "link" else None,
    )


def _actor(row: Json) -> Actor:
    return Actor(**row, words=sentences.ACTORS.get(row["actor_type"], ""))


def _category(row: Json) -> Category:
    sentence = sentences.CATEGORY_RULES.get(row["category_rule"], "").format_map(row)
    return Category(row["category"], row["action"], row["category_rule"], sentence)


def _outcome(row: Json) -> Outcome:
    meant = sentences.words_of(row["reason"])
    link_help = sentences.LINKS.get(row.get("link_help", ""), "")
    values = row | {"link_help": link_help.format_map(row)}
    why, remedy = meant.why.format_map(values), meant.remedy.format_map(values)
    return Outcome(row["outcome"], row["reason"], row["detail"], why, remedy)


def _document(warehouse: Warehouse, audit_id: int) -> Json | None:
    """Make the document as the load does; only the job is not known before it runs."""
    row = _row(warehouse, queries.DOCUMENT, audit_id)
    if row is None:
        return None
    made = document(row, "")
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


def _part(warehouse: Warehouse, query: str, audit_id: int) -> Json:
    row = _row(warehouse, query, audit_id)
    if row is None:
        raise WarehouseError(
            warehouse.path, "the audit is missing in a model; run `make transform` again"
        )
    return row
