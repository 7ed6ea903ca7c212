"""The facts as a reader meets them: a section for each layer, a line for each fact."""

from collections.abc import Iterator, Mapping
from typing import Any

from loaders.review.explain.explained import (
    Actor,
    AtSource,
    Category,
    Contact,
    Explanation,
    Extract,
    Outcome,
    Reading,
    Staged,
    Stored,
)
from loaders.review.explain.shown import (
    NONE,
    Line,
    Section,
    cut,
    iso,
    reference,
    text_of,
    value_text,
)

EQUAL = {True: "yes, in every field", False: "no", None: "nothing to compare"}


def sections(explanation: Explanation) -> Iterator[Section]:
    """Yield the sections of what is known, in the order of the layers."""
    known = explanation.warehouse
    if known is not None:
        yield _staged(known.staged)
    if known and known.reading and known.contact and known.actor and known.category:
        yield _reading(known.reading)
        yield _contact(known.contact)
        yield _actor(known.actor)
        yield _category(known.category)
    if known and known.outcome:
        yield _outcome(known.outcome, known.load_failure)
        yield _log(known.document)
    if explanation.at_source is not None:
        yield _at_source(explanation.at_source)
    if explanation.extract is not None:
        yield _extract(explanation.extract)
    if explanation.mongodb is not None:
        yield _mongodb(explanation.mongodb)
    if explanation.not_asked:
        yield Section(
            "What could not be asked", [("not asked", each) for each in explanation.not_asked]
        )


def _staged(staged: Staged) -> Section:
    text = staged.audited_changes
    if staged.has_denied_fields:
        raw = "not shown: it holds denied fields; what is kept of it follows below"
    else:
        raw = NONE if text is None else cut(text)
    lines = [
        ("record", f"{staged.auditable_type} {staged.auditable_id}"),
        ("belongs to", reference(staged.associated_type, staged.associated_id)),
        ("action", text_of(staged.audit_action)),
        ("time (UTC)", text_of(staged.created_at)),
        ("version", text_of(staged.version)),
        ("user", reference(staged.crm_user_type, staged.crm_user_id)),
        ("user name", staged.username or NONE),
        ("comment", NONE if staged.comment is None else cut(staged.comment)),
        ("changes, raw", raw),
    ]
    return Section("As the CRM wrote it", lines)


def _reading(reading: Reading) -> Section:
    lines = [("read by", f"{reading.parser}: {reading.parser_words}")]
    if reading.parse_error:
        lines.append(("message", reading.parse_error))
    if reading.unknown_tags:
        lines.append(("unknown tags", value_text(reading.unknown_tags)))
    if reading.denied_field_names:
        names = ", ".join(reading.denied_field_names)
        lines.append(("dropped", f"{names} (denied: the value never leaves staging)"))
    rows = [
        (each["field"], value_text(each["from"]), value_text(each["to"]))
        for each in reading.changes
    ]
    if not rows:
        lines.append(("changes", NONE))
    return Section("How its changes were read", lines, ("field", "from", "to"), rows)


def _contact(contact: Contact) -> Section:
    rows = [
        (
            each.source,
            each.words,
            text_of(each.crm_person_id),
            "taken" if each.is_taken else each.why_not or "",
        )
        for each in contact.candidates
    ]
    lines_below = [
        ("CRM person", text_of(contact.crm_person_id)),
        ("by source_id", contact.by_source_id),
        ("by id map", contact.by_id_map),
        ("contact", contact.contact_id or NONE),
        ("contact source", contact.contact_source or NONE),
    ]
    columns = ("place", "that is", "CRM person", "")
    return Section("Whom it is about", [], columns, rows, lines_below)


def _actor(actor: Actor) -> Section:
    lines = [
        ("CRM user", actor.crm_user),
        ("e-mail known", "yes" if actor.is_email_known else "no"),
        ("in USMAN", actor.sso_user),
        ("actor", f"{actor.actor_type}: {actor.actor_name}"),
        ("SSO user id", actor.sso_user_id or NONE),
        ("that is", actor.words),
    ]
    return Section("Who did it", lines)


def _category(category: Category) -> Section:
    name = f"{category.category or NONE} / {category.action or NONE}"
    lines = [("category, action", name), ("rule", f"{category.category_rule}: {category.words}")]
    return Section("What it is called", lines)


def _outcome(outcome: Outcome, load_failure: Outcome | None) -> Section:
    lines = list(_outcome_lines(outcome))
    if load_failure:
        lines += [("last load", load_failure.outcome), *list(_outcome_lines(load_failure))[1:]]
    return Section("What became of it", lines)


def _outcome_lines(outcome: Outcome) -> Iterator[Line]:
    yield "outcome", outcome.outcome
    if outcome.reason:
        yield "reason", outcome.reason
    if outcome.detail and outcome.detail not in outcome.words:
        yield "detail", outcome.detail
    yield "that is", outcome.words
    if outcome.remedy:
        yield "to change it", outcome.remedy


def _log(document: Mapping[str, Any] | None) -> Section:
    if document is None:
        return Section("The log that the rules make", [("document", NONE)])
    return Section("The log that the rules make", list(_flat(document)))


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[Line]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        elif name == "changes" and not path:
            yield name, f"{len(value)}, as read above"
        else:
            yield f"{path}{name}", iso(value)


def _extract(extract: Extract) -> Section:
    lines = [
        ("at (UTC)", text_of(extract.extracted_at)),
        ("cutoff (UTC)", text_of(extract.cutoff)),
        ("saw it deleted", text_of(extract.gone_at)),
    ]
    return Section("The last extract", lines)


def _at_source(found: AtSource) -> Section:
    lines = [("found", "yes" if found.is_found else "no")]
    if found.is_found:
        lines.append(("organization", text_of(found.organization_id)))
    if found.is_own:
        lines += [
            ("type", text_of(found.auditable_type)),
            ("action", text_of(found.audit_action)),
            ("time (UTC)", text_of(found.created_at)),
            ("type is mapped", "yes" if found.is_mapped else "no"),
            ("older than cutoff", "yes" if found.is_older else "no"),
        ]
    return Section("In the CRM, since it is not staged", lines)


def _mongodb(stored: Stored) -> Section:
    if not stored.is_found:
        return Section("In MongoDB", [("found", "no")])
    lines = [
        ("found", "yes"),
        ("written (UTC)", stored.written_at or "unknown"),
        ("by job", stored.job_id or "unknown"),
        ("as the rules make it", EQUAL[stored.is_equal]),
    ]
    rows = [(each.field, each.expected, each.actual) for each in stored.differences]
    return Section("In MongoDB", lines, ("field", "the rules make", "MongoDB has"), rows)
