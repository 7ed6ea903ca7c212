"""Explains one audit: the warehouse first, then MongoDB and, where needed, the CRM.

The answer is one line: is the audit in MongoDB, why, and what would change it.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from ingest.shared.errors import CdpError, CrmError, SettingsError
from ingest.shared.seeds import Account, read_accounts, read_denied_fields
from ingest.shared.settings import Settings, mongo_url, var_dir
from loaders.errors import NothingToDoError
from loaders.review.explain.asking import ask_crm, ask_mongodb
from loaders.review.explain.explained import (
    AtSource,
    Explanation,
    Extract,
    Found,
    Json,
    Stored,
    Warehoused,
)
from loaders.review.explain.reading import read, read_extract
from loaders.review.explain.sentences import CAUSES, NEXT_STEPS, PRESENCES
from loaders.transform.warehouse import Warehouse

UNUSED_URL = {"CDP_MONGO_URL": "mongodb://unused/unused"}  # the CRM is asked without MongoDB too

Answer = TypeVar("Answer")


def explain(account: Account, audit_id: int, env: Mapping[str, str]) -> Explanation:
    """Return one audit's way through every layer, and the answer.

    Args:
        account: The account.
        audit_id: The audit's key in the CRM.
        env: The environment; a system without a URL, or that does not answer, is left out, and
            the explanation says so.

    Raises:
        WarehouseError: The account is not transformed yet, or its warehouse is in use.
        NothingToDoError: There is no such audit anywhere.
    """
    with Warehouse.opened(var_dir(env) / account.account, account.company_sso_id) as warehouse:
        known = read(warehouse, audit_id)
        extract = read_extract(warehouse, audit_id)
    not_asked: list[str] = []

    def stored() -> Stored:
        expected = known.document if known else None
        return ask_mongodb(mongo_url(env), account, audit_id, expected, read_denied_fields())

    def at_source() -> AtSource:
        settings = Settings.from_env(UNUSED_URL | dict(env))
        return ask_crm(settings, account, audit_id, extract.cutoff)

    found = Found(
        warehouse=known,
        extract=extract,
        mongodb=_asked("MongoDB", stored, not_asked),
        at_source=None if known else _asked("The CRM", at_source, not_asked),
    )
    if found.is_nowhere:
        raise NothingToDoError(_nowhere(account, audit_id, not_asked))
    return _explanation(account, audit_id, found, not_asked)


def _asked(system: str, ask: Callable[[], Answer], not_asked: list[str]) -> Answer | None:
    try:
        return ask()
    except (CdpError, CrmError, SettingsError) as error:
        not_asked.append(f"{system} could not be asked: {error}")
    return None


def _explanation(
    account: Account, audit_id: int, found: Found, not_asked: list[str]
) -> Explanation:
    cause_name = cause(found)
    presence_name = presence(found.warehouse, found.mongodb)
    values = _values(account, audit_id, found)
    meant = CAUSES[cause_name]
    remedy = NEXT_STEPS.get(presence_name, meant.remedy)
    return Explanation(
        account=account.account,
        audit_id=audit_id,
        in_mongodb=presence_name,
        cause=cause_name,
        answer=f"{PRESENCES[presence_name]} {meant.why}".format_map(values),
        next_step=remedy.format_map(values),
        warehouse=found.warehouse,
        at_source=found.at_source,
        extract=None if found.warehouse else found.extract,
        mongodb=found.mongodb,
        not_asked=not_asked,
    )


def presence(known: Warehoused | None, stored: Stored | None) -> str:
    """Say whether MongoDB has the log: a name in `sentences.PRESENCES`.

    A log of ours has drifted where the rules make another one of its audit, or none; without an
    audit in scope it is kept. What is not ours was changed, or is extra.
    """
    if stored is None:
        return "not_asked"
    if not stored.is_found:
        return "no"
    if known is None:
        return "kept" if stored.is_ours else "extra"
    if known.document is None:
        return "drifted" if stored.is_ours else "extra"
    if stored.differences:
        return "drifted" if stored.is_ours else "differs"
    return "yes"


def cause(found: Found) -> str:
    """Name what decides: a stage the audit has not reached, its scope, or its outcome."""
    known, stored = found.warehouse, found.mongodb
    if known is None:
        return _cause_at_source(found.at_source, found.extract)
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


def _values(account: Account, audit_id: int, found: Found) -> Json:
    """Return all that an answer's sentences may name."""
    known, at_source = found.warehouse, found.at_source
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
        "causes": f"; cause: {', '.join(known.drift)}" if known and known.drift else "",
        "count": len(found.mongodb.differences) if found.mongodb else 0,
        "type": at_source.auditable_type if at_source else None,
        "at": at_source.created_at if at_source else None,
        "cutoff": found.extract.cutoff,
        "gone_at": found.extract.gone_at,
        "other_organization": organization,
        "other_account": _account_of(organization),
    }


def _account_of(organization_id: int | None) -> str:
    owners = (a for a in read_accounts().values() if a.crm_organization_id == organization_id)
    owner = next(owners, None)
    return owner.account if owner else "none of accounts.csv"


def _nowhere(account: Account, audit_id: int, not_asked: list[str]) -> str:
    asked = f"audit {audit_id} of account {account.account} is neither staged nor in the CRM"
    return f"{asked}, and not in MongoDB" if not not_asked else f"{asked}; {not_asked[0]}"
