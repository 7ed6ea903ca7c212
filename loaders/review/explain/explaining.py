"""Explains one audit: the warehouse first, then MongoDB and, where needed, the CRM (spec §10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.shared.errors import CdpError, CrmError, SettingsError
from ingest.shared.seeds import Account
from ingest.shared.settings import Settings, mongo_url, var_dir
from loaders.errors import NothingToDoError
from loaders.review.explain import answering, asking, reading
from loaders.review.explain.explained import (
    AtSource,
    Explanation,
    Extract,
    Json,
    Stored,
    Warehoused,
)
from loaders.transform.warehouse import Warehouse

UNUSED_URL = {"CDP_MONGO_URL": "mongodb://unused/unused"}  # the CRM is asked without MongoDB too


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
    folder = var_dir(env) / account.account
    with Warehouse.opened(folder, account.company_sso_id) as warehouse:
        known = reading.read(warehouse, audit_id)
        extract = reading.read_extract(warehouse, audit_id)
        denied = reading.read_denied(warehouse)
    others = _Others(env, account, audit_id)
    stored = others.mongodb(known.document if known else None, denied)
    at_source = None if known else others.crm(extract)
    is_known = known or extract.gone_at or (stored and stored.is_found)
    if at_source and not at_source.is_found and not is_known:
        raise NothingToDoError(_nowhere(account, audit_id, others.not_asked))
    return _explanation(others, known, at_source, extract, stored)


@dataclass(slots=True)
class _Others:
    """The systems beside the warehouse, and those that could not be asked."""

    env: Mapping[str, str]
    account: Account
    audit_id: int
    not_asked: list[str] = field(default_factory=list)

    def mongodb(self, expected: Json | None, denied: frozenset[str]) -> Stored | None:
        try:
            url = mongo_url(self.env)
            return asking.ask_mongodb(url, self.account, self.audit_id, expected, denied)
        except (CdpError, SettingsError) as error:
            self.not_asked.append(f"MongoDB could not be asked: {error}")
        return None

    def crm(self, extract: Extract) -> AtSource | None:
        try:
            settings = Settings.from_env(UNUSED_URL | dict(self.env))
            return asking.ask_crm(settings, self.account, self.audit_id, extract.cutoff)
        except (CrmError, SettingsError) as error:
            self.not_asked.append(f"The CRM could not be asked: {error}")
        return None


def _explanation(
    others: _Others,
    known: Warehoused | None,
    at_source: AtSource | None,
    extract: Extract,
    stored: Stored | None,
) -> Explanation:
    account, audit_id = others.account, others.audit_id
    cause = answering.cause(known, at_source, stored, extract)
    presence = answering.presence(known, stored, cause)
    values = answering.values_of(account, audit_id, known, at_source, stored, extract)
    words = answering.answer(presence, cause, values)
    return Explanation(
        account=account.account,
        audit_id=audit_id,
        in_mongodb=presence,
        cause=cause,
        answer=words.why,
        next_step=words.remedy,
        warehouse=known,
        at_source=at_source,
        extract=None if known else extract,
        mongodb=stored,
        not_asked=others.not_asked,
    )


def _nowhere(account: Account, audit_id: int, not_asked: list[str]) -> str:
    asked = f"audit {audit_id} of account {account.account} is neither staged nor in the CRM"
    return f"{asked}, and not in MongoDB" if not not_asked else f"{asked}; {not_asked[0]}"
