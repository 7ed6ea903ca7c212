"""What each simulated account is like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ingest.demo.errors import UnknownDemoAccountError

LOST_PERSONS = 900_000
"""The number within an account from which on persons have audits, but no contact."""
OTHER_NAMES = {
    "CrmPerson": "Crm::Person",
    "CrmCompany": "Crm::Company",
    "CrmDeal": "Crm::Deal",
    "CrmDealPerson": "Crm::DealContact",
    "User": "Staff",
    "crm_person_id": "person_id",
    "crm_deal_id": "deal_id",
    "crm_stage_id": "stage_id",
}
"""What another CRM calls its classes and keys."""
STARTS_AT = datetime(2019, 1, 7, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """How one account's history is made."""

    account: str
    organization_id: int
    audit_count: int
    first_audit_id: int
    seed: int
    has_trouble: bool = False
    starts_at: datetime = STARTS_AT
    known_person_count: int = 0
    mean_step_seconds: float = 9000.0
    user_count: int = 12
    kinds: tuple[str, ...] = ("CrmLead", "CrmDeal", "CrmTicket", "CrmTask")
    names: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """Return what this CRM calls a class or key."""
        return self.names.get(name, name)

    @property
    def person_base(self) -> int:
        """The number before the account's first person."""
        return self.organization_id * 1_000_000

    @property
    def user_base(self) -> int:
        """The number before the account's first CRM user."""
        return self.organization_id * 1_000


PLANS = (
    Plan("demo-small", 101, 2_000, 1_000_001, seed=1),
    Plan("demo-medium", 102, 12_000, 2_000_001, seed=2),
    Plan("demo-trouble", 103, 2_500, 3_000_001, seed=3, has_trouble=True),
    Plan("demo-other", 105, 1_500, 4_000_001, seed=4, kinds=("CrmDeal",), names=OTHER_NAMES),
)


def plan_of(account: str) -> Plan:
    """Return a simulated account's plan.

    Raises:
        UnknownDemoAccountError: The account is not a simulated one.
    """
    plans = {plan.account: plan for plan in PLANS}
    if account not in plans:
        raise UnknownDemoAccountError(account, list(plans))
    return plans[account]
