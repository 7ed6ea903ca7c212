"""What the report says in plain sentences of groups of audits (spec §8, §10)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a group of audits goes no further, and what would let it."""

    why: str
    remedy: str


REASONS = {
    "type_not_mapped": Reason(
        "Their type has no line in the seed category_map.csv: they are counted in the CRM and never copied.",
        "A line for the type in category_map.csv.",
    ),
    "older_than_cutoff": Reason(
        "They are older than the start that was asked for: they are counted in the CRM and never copied.",
        "A run with an earlier DATE_RANGE_START, or with none.",
    ),
    "unmapped_action_type": Reason(
        "Their action has no line in category_map.csv for their type, and is no update.",
        "A line for type and action in category_map.csv.",
    ),
    "no_changes": Reason(
        "They are updates that changed nothing that is kept, and have no comment: there is nothing to show.",
        "Nothing. They would be empty entries.",
    ),
    "no_contact": Reason(
        "They name no person: not in the comment, not in the changes, and neither the record nor "
        "what it belongs to is a person.",
        "Link history (link_history in accounts.csv), for those whose record was linked to a person.",
    ),
    "contact_not_found": Reason(
        "They name a person of whom the CDP has no contact: no source_id, and no line in the id map.",
        "Contacts with these source_ids in the CDP, or lines in the id map.",
    ),
    "ambiguous_contact": Reason(
        "They name a person of whom the CDP has several contacts; to pick one would be a guess.",
        "One contact for each of these persons in the CDP, or one line in the id map.",
    ),
    "invalid_created_at": Reason(
        "Their time is missing, infinite, or outside the years 1 to 9999: no timeline can show it.",
        "Times put right in the CRM.",
    ),
    "unparseable_changes": Reason(
        "The text of their changes cannot be read as YAML or JSON.",
        "Texts put right in the CRM; `make parse` tries a text beforehand.",
    ),
    "content_conflict": Reason(
        "MongoDB holds a log with other content under their key; a log is never overwritten.",
        "A decision which of the two is right: the log that is there, or the rules of today.",
    ),
    "document_too_large": Reason(
        "Their log is larger than MongoDB takes (16 MiB).",
        "Shorter comments or changes in the CRM.",
    ),
    "write_error": Reason(
        "MongoDB refused to write their log.",
        "Another run tries again.",
    ),
}
DIFFERENCES = {
    "missing": "The mart has a log that MongoDB has not.",
    "extra": "MongoDB has a migrated log that the mart has not.",
    "content": "Both have the log, and it is not the same.",
}
FATES = {
    "inserted": "would be inserted",
    "already_present": "already there, with equal content",
    "conflicting": "would conflict: there with other content, and never overwritten",
}
FOUND_BY = {"source_id": "the contact's source_id", "id_map": "the id map"}
KINDS = {
    "staged": "staged",
    "out of scope": "out of scope",
    "skipped": "skipped by a rule",
    "failed": "failed",
}
STEPS = {
    "all audits": "All audits",
    "staged": "Staged",
    "ready": "Ready to load",
    "loaded": "In MongoDB",
}
HOPS = {
    "all audits": "All audits = in scope + out of scope",
    "staged": "In scope at the source → staged",
    "classified": "Staged → given an outcome",
    "documents": "Ready → documents of the mart",
    "loaded": "Documents and kept ones → in MongoDB or failed to load",
}
GATES = {"pass": "passed", "warn": "warning", "fail": "failed"}


@dataclass(frozen=True, slots=True)
class Check:
    """One way in which a mistake is found, and where its sight ends."""

    name: str
    catches: str
    cannot: str


CHECKS = (
    Check(
        "Staging equals source",
        "Audits that were committed late, changed or deleted in the CRM while they were copied: "
        "count and checksum of every bucket of ids.",
        "What the CRM changes after the extract; the next run does.",
    ),
    Check(
        "Balance of every hop",
        "Audits that get lost or appear on the way: both sides of a hop are counted by themselves.",
        "One lost and one made in the same hop; a right count of wrong content.",
    ),
    Check(
        "dbt's unit and data tests",
        "Rules that do not do what their examples show; broken keys, types, references and seeds.",
        "A rule that was misunderstood when both it and its example were written.",
    ),
    Check(
        "Fidelity of every document",
        "Documents in MongoDB that are missing, extra, or differ from the mart in any field: each is "
        "read back and compared by hash.",
        "A mistake in the mart itself: it is compared with the mart, not with the CRM.",
    ),
    Check(
        "Second derivation of a sample",
        "Mistakes in the SQL, in the copy or in the write: audits drawn at random are read again from "
        "the CRM and derived by other code.",
        "Audits outside of the sample; a rule that both implementations misread.",
    ),
    Check(
        "Counts at completion",
        "A run that reports more than there is: PostgreSQL and MongoDB are counted anew.",
        "Which audit it is; the fidelity names it.",
    ),
    Check(
        "Sign-off",
        "A seed, a document, the report or the count at the source that changed since; a later run.",
        "An audit that the CRM changes in place, without a change of the count.",
    ),
)
