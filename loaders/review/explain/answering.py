"""The answer in one line: is the audit in MongoDB, why, and what would change it (spec §10)."""

from ingest.shared.seeds import Account, read_accounts
from loaders.review.explain.explained import AtSource, Extract, Json, Stored, Warehoused
from loaders.review.explain.sentences import CAUSES, NEXT_STEPS, PRESENCES, Words


def presence(known: Warehoused | None, stored: Stored | None, cause_name: str) -> str:
    """Say whether MongoDB has the log: a name in `words.PRESENCES`.

    A log whose audit the CRM deleted later is kept (spec §9: append-only); without an audit, a
    rule or a record of its deletion it is extra.
    """
    if stored is None:
        return "not_asked"
    if not stored.is_found:
        return "no"
    is_kept = cause_name == "gone"
    if not is_kept and (known is None or known.document is None):
        return "extra"
    if stored.differences:
        return "differs"
    return "kept" if is_kept else "yes"


def cause(
    known: Warehoused | None, at_source: AtSource | None, stored: Stored | None, extract: Extract
) -> str:
    """Name what decides: a stage the audit has not reached, its scope, or its outcome."""
    if known is None:
        return _cause_at_source(at_source, extract)
    if known.outcome is None:
        return "not_transformed"
    if known.document is None:
        return known.outcome.outcome
    is_there = stored is not None and stored.is_found
    if known.load_failure and not (is_there and stored and not stored.differences):
        return "load_failed"
    return "ready" if is_there or stored is None else "not_loaded"


def _cause_at_source(at_source: AtSource | None, extract: Extract) -> str:
    if at_source is None:
        return "crm_not_asked"
    if not at_source.is_found:
        return "gone" if extract.gone_at else "not_in_crm"
    if not at_source.is_own:
        return "other_account"
    if not at_source.is_mapped:
        return "type_not_mapped"
    return "older_than_cutoff" if at_source.is_older else "not_staged"


def answer(presence_name: str, cause_name: str, values: Json) -> Words:
    """Put the answer and the next step into words.

    Args:
        presence_name: What `presence` said.
        cause_name: What `cause` said.
        values: What the sentences name.
    """
    meant = CAUSES[cause_name]
    why = f"{PRESENCES[presence_name]} {meant.why}".format_map(values)
    remedy = NEXT_STEPS.get(presence_name, meant.remedy)
    return Words(why, remedy.format_map(values))


def values_of(
    account: Account,
    audit_id: int,
    known: Warehoused | None,
    at_source: AtSource | None,
    stored: Stored | None,
    extract: Extract,
) -> Json:
    """Return all that an answer's sentences may name."""
    decided = known and (known.load_failure or known.outcome)
    document = (known.document if known else None) or {}
    organization = at_source.organization_id if at_source else None
    return {
        "audit_id": audit_id,
        "account": account.account,
        "organization": account.crm_organization_id,
        "reason": decided.reason if decided else None,
        "why": decided.words if decided else None,
        "remedy": decided.remedy if decided else None,
        "log": f"{document.get('category')}/{document.get('action')}",
        "contact": document.get("customer_id"),
        "count": len(stored.differences) if stored else 0,
        "type": at_source.auditable_type if at_source else None,
        "at": at_source.created_at if at_source else None,
        "cutoff": extract.cutoff,
        "gone_at": extract.gone_at,
        "other_organization": organization,
        "other_account": _account_of(organization),
    }


def _account_of(organization_id: int | None) -> str:
    names = [
        account.account
        for account in read_accounts().values()
        if account.crm_organization_id == organization_id
    ]
    return names[0] if names else "none of accounts.csv"
