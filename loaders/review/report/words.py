"""What the report says in plain sentences of groups of audits (rules: outcome, report)."""

from dataclasses import dataclass

DIFFERENCES = {
    "missing": "The mart has a log that MongoDB has not.",
    "extra": "MongoDB has a log with our tag that nothing of ours wrote.",
    "content": "Somebody changed the log since it was written.",
}
FATES = {
    "inserted": "would be inserted",
    "already_present": "already there, with equal content",
    "drifted": "already there, as they were written; today they would be made otherwise, and they stay",
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
GATES = {"pass": "passed", "warn": "warning", "fail": "failed"}  # verdicts # nosec B105


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
        "Documents in MongoDB that are missing, extra, or changed since they were written: each is "
        "read back, and has to give its own hash, and the mart's or a cause why not (drift).",
        "A mistake in the mart itself; a forged value with a hash that fits, where a cause of drift "
        "explains it.",
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
