"""Whether USMAN answers for the account's users (rules: usman, gates)."""

import pyarrow as pa

from ingest.probe.gates import Gate, Requirement
from ingest.settings import SourceSettings
from ingest.shared.crm_columns import TEXT
from ingest.sources.crm import Crm
from ingest.sources.crm_texts import known_texts
from ingest.sources.usman import EMAILS_A_CALL, Usman

EMAIL = pa.schema([("email", TEXT)])
USMAN = Requirement("USMAN", "answers for the account's users")


def read_emails(crm: Crm, settings: SourceSettings) -> list[str]:
    """Return the e-mails of some of the account's users, as many as one call takes."""
    query = (
        f"select distinct {crm.columns(EMAIL)} "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"from {settings.users_relation} where {crm.tenant} and deleted_at is null "
        f"and trim(email) <> '' and position(',' in email) = 0 order by 1 limit {EMAILS_A_CALL}"
    )
    emails = known_texts(crm.table(query, EMAIL))["email"].to_pylist()
    return [email.strip(" ").lower() for email in emails if email]


def usman_gate(emails: list[str], usman: Usman) -> Gate:
    """Ask for a sample; only counts are told of the answer."""
    if not emails:
        return USMAN.warned("no user to ask for", "the account has no user with an e-mail")
    known_count = usman.ask(emails).users.num_rows
    details = {"asked_count": len(emails), "known_count": known_count}
    found = f"answers, knows {known_count} of {len(emails)} users"
    if known_count:
        return USMAN.passed(found, **details)
    return USMAN.warned(
        found, "check company_sso_id in dbt_project/seeds/accounts.csv, and USMAN_URL", **details
    )
