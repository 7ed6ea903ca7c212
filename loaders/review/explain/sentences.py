"""What an analyst reads: each rule, reason and case in a plain sentence (rule: outcome)."""

from dataclasses import dataclass

from loaders.jobs.reasons import REASONS


@dataclass(frozen=True, slots=True)
class Words:
    """A reason in one sentence, and what would change the outcome."""

    why: str
    remedy: str


# What would change a `no_contact`, by what links say of the person.
LINK_REMEDIES = {
    "resolves": (
        "Its record was linked to CRM person {link_person_id} at that time: `link_history` = true "
        "in accounts.csv, then `make migrate`, would name that person."
    ),
    "unknown_person": (
        "Link history would not resolve it: its record was linked to CRM person {link_person_id} "
        "at that time, of whom the CDP has no contact, or more than one."
    ),
    "none": "Link history would not resolve it: no person was linked to its record at that time.",
}
NOT_TAKEN = "not taken: `link_history` is false in accounts.csv"
LINKS = {
    "not_needed": "not looked for: a person is named already",
    "none": "no person was linked",
    "resolves": NOT_TAKEN,
    "unknown_person": NOT_TAKEN,
}
NO_PERSON = "not looked up: there is no person"
SOURCE_IDS = {
    "no_person": NO_PERSON,
    "none": "no contact has source_id {crm_person_id}",
    "one": "one contact has source_id {crm_person_id}",
    "several": "{contact_count} contacts have source_id {crm_person_id}: ambiguous",
}
ID_MAPS = {
    "no_person": NO_PERSON,
    "not_needed": "not looked up: source_id came first",
    "none": "no line for CRM person {crm_person_id}",
    "one": "one contact for CRM person {crm_person_id}",
    "several": "{contact_count} contacts for CRM person {crm_person_id}: ambiguous",
}
CRM_USERS = {
    "no_id": "not looked up: the audit has no user id",
    "no_type": "not looked up: user id {crm_user_id} has no type",
    "other_type": "not looked up: {crm_user_type} has no line with the role user in crm_types.csv",
    "not_found": "no user {crm_user_id} in the CRM",
    "deleted": "found, deleted in the CRM",
    "found": "found",
}
SSO_USERS = {
    "no_crm_user": "not asked: there is no CRM user",
    "no_email": "not asked: no e-mail address is known",
    "not_found": "not found",
    "active": "found, active",
    "inactive": "found, not active",
}

READY = Words("No rule stands against it: it becomes a log.", "")

PARSERS = {
    "yaml": "as YAML",
    "json": "as JSON",
    "none": "there was no text to read",
}

CATEGORY_RULES = {
    "status": (
        "Its new status is one that status_sets.csv gives an action of its own for {auditable_type}: {sets}."
    ),
    "map": "The line {auditable_type}, {audit_action} of category_map.csv.",
    "link": (
        "{auditable_type} joins a record to a person, as join_models.csv says: {audit_action} "
        "makes the link."
    ),
    "unlink": (
        "{auditable_type} joins a record to a person, as join_models.csv says: {audit_action} "
        "cuts the link."
    ),
    "update": "An update of a mapped type without a line of its own in category_map.csv.",
    "none": "No rule: category_map.csv has no line for {auditable_type}, {audit_action}.",
}

ACTORS = {
    "user": "A CRM user who is active in USMAN: the log carries the SSO user id.",
    "deactivated": (
        "A CRM user who is deleted, or not active in USMAN: the name is kept, without a user id."
    ),
    "deleted": "The CRM has no user of this id any more.",
    "other": "No CRM user, but something else that acts: shown by its type and id.",
    "system": "The audit has no user id: shown by its user name if there is one, else as System.",
    "unknown": "The audit does not tell who it was.",
}

CANDIDATES = {
    "comment": "a person key in the comment",
    "changes": "a person key in the changes",
    "auditable": "the record is a person",
    "associated": "it belongs to a person",
    "link": "it was linked to a person then",
}

PRESENCES = {
    "yes": "Audit {audit_id} is in MongoDB.",
    "no": "Audit {audit_id} is not in MongoDB.",
    "drifted": (
        "Audit {audit_id} is in MongoDB as it was written; today it would be made otherwise "
        "(fields that differ: {count}{causes})."
    ),
    "differs": "Audit {audit_id} is in MongoDB, but somebody changed it (fields that differ: {count}).",
    "kept": "Audit {audit_id} is in MongoDB.",
    "extra": "Audit {audit_id} is in MongoDB, but should not be.",
    "not_asked": "MongoDB could not be asked for audit {audit_id}.",
}
# What comes first when MongoDB has what it should not have, whatever the cause.
NEXT_STEPS = {
    "drifted": (
        "Nothing needs to change. `make rollback ACCOUNT={account} ONLY=drift`, then `make migrate "
        "ACCOUNT={account}`, writes such logs as they are made today."
    ),
    **dict.fromkeys(
        ("differs", "extra"),
        "`make reconcile ACCOUNT={account}` tells every such log. `make rollback ACCOUNT={account} "
        "ONLY=differences`, then `make migrate ACCOUNT={account}`, writes them anew.",
    ),
}
CAUSES = {
    "ready": Words(
        "No rule stands against it: it is {log} of contact {contact}.",
        "Nothing needs to change.",
    ),
    "not_loaded": Words(
        "No rule stands against it: it is {log} of contact {contact}. It was not loaded yet, or "
        "its log was removed.",
        "`make migrate ACCOUNT={account}` loads it.",
    ),
    "skipped": Words("The rules skip it ({reason}): {why}", "{remedy}"),
    "failed": Words("It should have been migrated and cannot be ({reason}): {why}", "{remedy}"),
    "load_failed": Words("The last load could not write it ({reason}): {why}", "{remedy}"),
    "not_transformed": Words(
        "It is staged, but no rule has looked at it yet.",
        "`make transform ACCOUNT={account}`, or `make migrate ACCOUNT={account}`.",
    ),
    "type_not_mapped": Words(
        REASONS["type_not_mapped"].why_one, REASONS["type_not_mapped"].remedy_one
    ),
    "older_than_cutoff": Words(
        REASONS["older_than_cutoff"].why_one, REASONS["older_than_cutoff"].remedy_one
    ),
    "other_account": Words(
        "It is out of scope: it belongs to another organization of the CRM, {other_organization}, "
        "and not to {organization}, which is {account}.",
        "Ask for it with the account of that organization: {other_account}.",
    ),
    "not_staged": Words(
        "It is in scope, but the last extract did not see it: it is newer, or was committed later.",
        "`make migrate ACCOUNT={account}` picks it up.",
    ),
    "not_in_crm": Words(
        "The CRM has no such audit, and no extract saw it being deleted.",
        "Nothing needs to change: a log outlives its audit.",
    ),
    "gone": Words(
        "The CRM deleted it after it had been staged; an extract saw that at {gone_at} UTC. A log "
        "that was written by then is kept.",
        "Nothing needs to change.",
    ),
    "crm_not_asked": Words(
        "It is not staged, and the CRM could not be asked why.",
        "Make the CRM answer (see below), then ask again.",
    ),
}


def words_of(reason: str | None) -> Words:
    """Return what is said of one audit with a reason; of one without, that it becomes a log."""
    if reason is None:
        return READY
    return Words(REASONS[reason].why_one, REASONS[reason].remedy_one)
