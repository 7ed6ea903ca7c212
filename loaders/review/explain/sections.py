"""The facts as a reader meets them: a section for each layer, a line for each fact."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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

MOST_LINES = 40
MOST_CHARACTERS = 400
EQUAL = {True: "yes, in every field", False: "no", None: "nothing to compare"}

Line = tuple[str, Any]  # a label, and what is printed as its text


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, its lines, and where there is one a table with more lines below it."""

    title: str
    lines: list[Line]
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[Any, ...]] = ()
    lines_below: list[Line] = field(default_factory=list)


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
        lines = list(_flat(known.document or {"document": None}))
        yield Section("The log that the rules make", lines)
    if explanation.at_source is not None:
        yield _at_source(explanation.at_source)
    if explanation.extract is not None:
        yield _extract(explanation.extract)
    if explanation.mongodb is not None:
        yield _mongodb(explanation.mongodb)
    if explanation.not_asked:
        lines = [("not asked", each) for each in explanation.not_asked]
        yield Section("What could not be asked", lines)


def _staged(staged: Staged) -> Section:
    text = "not shown: it holds denied fields; what is kept of it follows below"
    if not staged.has_denied_fields:
        text = cut(staged.audited_changes) if staged.audited_changes is not None else "none"
    return Section(
        "As the CRM wrote it",
        [
            ("record", f"{staged.auditable_type} {staged.auditable_id}"),
            ("belongs to", _reference(staged.associated_type, staged.associated_id)),
            ("action", staged.audit_action),
            ("time (UTC)", staged.created_at),
            ("version", staged.version),
            ("user", _reference(staged.crm_user_type, staged.crm_user_id)),
            ("user name", staged.username or None),
            ("comment", None if staged.comment is None else cut(staged.comment)),
            ("changes, raw", text),
        ],
    )


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
        lines.append(("changes", "none"))
    return Section("How its changes were read", lines, ("field", "from", "to"), rows)


def _contact(contact: Contact) -> Section:
    rows = [
        (
            each.source,
            each.words,
            each.crm_person_id,
            "taken" if each.is_taken else each.why_not or "",
        )
        for each in contact.candidates
    ]
    lines_below = [
        ("CRM person", contact.crm_person_id),
        ("by source_id", contact.by_source_id),
        ("by id map", contact.by_id_map),
        ("contact", contact.contact_id),
        ("contact source", contact.contact_source),
    ]
    columns = ("place", "that is", "CRM person", "")
    return Section("Whom it is about", [], columns, rows, lines_below)


def _actor(actor: Actor) -> Section:
    return Section(
        "Who did it",
        [
            ("CRM user", actor.crm_user),
            ("e-mail known", actor.is_email_known),
            ("in USMAN", actor.sso_user),
            ("actor", f"{actor.actor_type}: {actor.actor_name}"),
            ("SSO user id", actor.sso_user_id),
            ("that is", actor.words),
        ],
    )


def _category(category: Category) -> Section:
    name = f"{category.category or 'none'} / {category.action or 'none'}"
    lines = [("category, action", name), ("rule", f"{category.category_rule}: {category.words}")]
    return Section("What it is called", lines)


def _outcome(outcome: Outcome, load_failure: Outcome | None) -> Section:
    lines = list(_outcome_lines("outcome", outcome))
    if load_failure:
        lines += _outcome_lines("last load", load_failure)
    return Section("What became of it", lines)


def _outcome_lines(label: str, outcome: Outcome) -> Iterator[Line]:
    yield label, outcome.outcome
    if outcome.reason:
        yield "reason", outcome.reason
    if outcome.detail and outcome.detail not in outcome.words:
        yield "detail", outcome.detail
    yield "that is", outcome.words
    if outcome.remedy:
        yield "to change it", outcome.remedy


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[Line]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        elif name == "changes" and not path:
            yield name, f"{len(value)}, as read above"
        else:
            yield f"{path}{name}", value


def _extract(extract: Extract) -> Section:
    return Section(
        "The last extract",
        [
            ("at (UTC)", extract.extracted_at),
            ("cutoff (UTC)", extract.cutoff),
            ("saw it deleted", extract.gone_at),
        ],
    )


def _at_source(found: AtSource) -> Section:
    lines: list[Line] = [("found", found.is_found)]
    if found.is_found:
        lines.append(("organization", found.organization_id))
    if found.is_own:
        lines += [
            ("type", found.auditable_type),
            ("action", found.audit_action),
            ("time (UTC)", found.created_at),
            ("type is mapped", found.is_mapped),
            ("older than cutoff", found.is_older),
        ]
    return Section("In the CRM, since it is not staged", lines)


def _mongodb(stored: Stored) -> Section:
    lines: list[Line] = [("found", stored.is_found)]
    if stored.is_found:
        lines += [
            ("written (UTC)", stored.written_at or "unknown"),
            ("by job", stored.job_id or "unknown"),
            ("as a job wrote it", stored.is_ours),
            ("as the rules make it", EQUAL[stored.is_equal]),
        ]
    rows = [(each.field, each.expected, each.actual) for each in stored.differences]
    return Section("In MongoDB", lines, ("field", "the rules make", "MongoDB has"), rows)


def _reference(kind: str | None, key: int | None) -> str | None:
    return None if kind is None and key is None else f"{kind or '(no type)'} {key}"


def cut(text: str) -> str:
    """Return the first lines of a text, each not too long, and say how much more there is."""
    lines = text.removesuffix("\n").split("\n")
    shown = [_short(line) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"... {len(lines) - MOST_LINES:,} more lines")
    return "\n".join(shown) or "(empty)"


def _short(text: str) -> str:
    more = len(text) - MOST_CHARACTERS
    return text if more <= 0 else f"{text[:MOST_CHARACTERS]} ... {more:,} more characters"


def value_text(value: Any) -> str:
    """Return a value as JSON, so that a text and a number differ; null is ``nothing``."""
    return "nothing" if value is None else _short(json.dumps(value, ensure_ascii=False))
