"""The one table of reasons: what each is, in words, and what becomes of its audits (rule: outcome).

The report and its lists, `make failures` and the operations pages speak of groups of audits,
`make explain` of a single one, whose values stand in braces; the metrics need to know what a reason
counts as.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why audits go no further, and what would let them.

    Args:
        outcome: ``out of scope``, ``skipped``, ``failed``, or ``present`` in MongoDB already.
        why: Said of a group of audits.
        remedy: What would change that.
        why_one: Said of one audit.
        remedy_one: What would change that.
    """

    outcome: str
    why: str
    remedy: str
    why_one: str
    remedy_one: str


REASONS = {
    "type_not_mapped": Reason(
        "out of scope",
        why=(
            "Their type has no line in the seed category_map.csv: they are counted in the CRM and "
            "never copied."
        ),
        remedy="A line for the type in category_map.csv.",
        why_one=(
            "It is out of scope: category_map.csv has no line for the type {type}, so it is counted"
            " in the CRM and never copied."
        ),
        remedy_one="A line for {type} in category_map.csv, then `make migrate ACCOUNT={account}`.",
    ),
    "older_than_cutoff": Reason(
        "out of scope",
        why=(
            "They are older than the start that was asked for: they are counted in the CRM and "
            "never copied."
        ),
        remedy="A run with an earlier DATE_RANGE_START, or with none.",
        why_one=(
            "It is out of scope: it is of {at}, older than the cutoff {cutoff} of the last extract,"
            " so it is counted in the CRM and never copied."
        ),
        remedy_one="`make migrate ACCOUNT={account}` with an earlier DATE_RANGE_START, or with none.",
    ),
    "erased": Reason(
        "skipped",
        why="They are of a person who was to be forgotten (`make forget`).",
        remedy="Nothing: that person's activity is not migrated again.",
        why_one="It is of a person who was to be forgotten (`make forget`).",
        remedy_one="Nothing: that person's activity is not migrated again.",
    ),
    "unmapped_action_type": Reason(
        "skipped",
        why="Their action has no line in category_map.csv for their type, and is no update.",
        remedy="A line for type and action in category_map.csv.",
        why_one="The seed category_map.csv has no line for this type and action, and it is no update.",
        remedy_one="A line for this type and action in category_map.csv, then `make migrate`.",
    ),
    "no_changes": Reason(
        "skipped",
        why=(
            "They are updates that changed nothing that is kept, and have no comment: there is "
            "nothing to show."
        ),
        remedy="Nothing. They would be empty entries.",
        why_one=(
            "It is an update that changed nothing that is kept, and it has no comment: there is "
            "nothing to show on a timeline. Denied fields are not kept."
        ),
        remedy_one="Nothing needs to change.",
    ),
    "no_contact": Reason(
        "skipped",
        why=(
            "They name no person: not in the comment, not in the changes, and neither the record "
            "nor what it belongs to is a person."
        ),
        remedy=(
            "Link history (link_history in accounts.csv), for those whose record was linked to a "
            "person."
        ),
        why_one=(
            "It names no person: not in its comment, not in its changes, and neither its record nor"
            " what that belongs to is a person."
        ),
        remedy_one="{link_help}",
    ),
    "contact_not_found": Reason(
        "skipped",
        why=(
            "They name a person of whom the CDP has no contact: no source_id, and no line in the id"
            " map."
        ),
        remedy="Contacts with these source_ids in the CDP, or lines in the id map.",
        why_one=(
            "The CDP does not know {detail}: no contact has this source_id, and the id map has no "
            "line for it."
        ),
        remedy_one=(
            "A contact with this source_id in the CDP, or a line in the id map, then `make "
            "migrate`."
        ),
    ),
    "duplicate_external_id": Reason(
        "present",
        why="MongoDB already has their log; an earlier run wrote it.",
        remedy="Nothing needs to change.",
        why_one="MongoDB already has this log; an earlier run wrote it.",
        remedy_one="Nothing needs to change.",
    ),
    "ambiguous_contact": Reason(
        "failed",
        why="They name a person of whom the CDP has several contacts; to pick one would be a guess.",
        remedy="One contact for each of these persons in the CDP, not several, then `make migrate`.",
        why_one=(
            "More than one contact of the CDP is {detail}, by source_id or in the id map; to pick "
            "one would be a guess."
        ),
        remedy_one="One contact for this person in the CDP, not several, then `make migrate`.",
    ),
    "invalid_created_at": Reason(
        "failed",
        why=(
            "Their time is missing, infinite, or outside the years 1 to 9999: no timeline can show "
            "it."
        ),
        remedy="Times put right in the CRM.",
        why_one=(
            "Its time is missing, infinite, or outside the years 1 to 9999, so it has no place on a"
            " timeline."
        ),
        remedy_one="A time put right in the CRM, then `make migrate`.",
    ),
    "invalid_text": Reason(
        "failed",
        why="A text of theirs is not UTF-8, and the CRM's database has no encoding to read it by.",
        remedy="Texts put right in the CRM.",
        why_one="A text of it is not UTF-8, and the CRM's database has no encoding to read it by.",
        remedy_one="A text put right in the CRM, then `make migrate`.",
    ),
    "unparseable_changes": Reason(
        "failed",
        why="The text of their changes cannot be read as YAML or JSON.",
        remedy="Texts put right in the CRM; `make parse` tries a text beforehand.",
        why_one="The text of its changes cannot be read: {detail}.",
        remedy_one=(
            "A text put right in the CRM, then `make migrate`. `make parse` tries a text "
            "beforehand."
        ),
    ),
    "foreign_document": Reason(
        "failed",
        why=(
            "A document that this system did not write has their key; nothing is ever overwritten."
        ),
        remedy="Whoever wrote it takes it away, or gives it another key.",
        why_one=(
            "A document that this system did not write has this audit's key. Nothing is ever "
            "overwritten."
        ),
        remedy_one="Whoever wrote it takes it away, or gives it another key; then `make migrate`.",
    ),
    "document_too_large": Reason(
        "failed",
        why="Their log is larger than MongoDB takes (16 MiB).",
        remedy="Shorter comments or changes in the CRM.",
        why_one="Its log is larger than MongoDB takes (16 MiB).",
        remedy_one="Only a shorter comment or shorter changes in the CRM.",
    ),
    "write_error": Reason(
        "failed",
        why="MongoDB refused to write their log.",
        remedy="Another run tries again.",
        why_one="MongoDB refused to write its log: {detail}.",
        remedy_one="Another `make migrate` tries again.",
    ),
}


def is_failure(code: str) -> bool:
    """Tell whether a reason counts as a failure; one that is not in the table does, and is seen."""
    return code not in REASONS or REASONS[code].outcome == "failed"
