"""What happens in a simulated account, step by step: the same for the same plan."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from ingest.demo.crm.plans import LOST_PERSONS, Plan
from ingest.demo.crm.ruby_yaml import Symbol, ZonedTime
from ingest.demo.crm.words import BAD_YAML, CITIES, FAMILIES, NAMES, SOURCES, TAGS, TEXTS, ZONES

RECORDS = {
    "CrmLead": ("crm_lead_id", "CrmLeadPerson", "crm_stage_id"),
    "CrmDeal": ("crm_deal_id", "CrmDealPerson", "crm_stage_id"),
    "CrmTicket": ("crm_ticket_id", "CrmTicketPerson", "crm_ticket_status_id"),
    "CrmTask": ("crm_task_id", "CrmTaskPerson", "crm_task_status_id"),
}


class Step(NamedTuple):
    """One change of one record: what the audit will say of it."""

    kind: str
    record: int
    action: str
    changes: Any
    belongs: tuple[str, int] | None = None
    comment: str | None = None


def renamed(step: Step, plan: Plan) -> Step:
    """Return a step in the names of the plan's CRM, those within values and comment too."""
    if not plan.names:
        return step
    changes, comment = step.changes, step.comment
    if isinstance(changes, dict):
        changes = {plan.named(name): _renamed(value, plan) for name, value in changes.items()}
    for name, other in plan.names.items():
        comment = comment and comment.replace(f'"{name}"', f'"{other}"')
    belongs = step.belongs and (plan.named(step.belongs[0]), step.belongs[1])
    return Step(plan.named(step.kind), step.record, step.action, changes, belongs, comment)


def _renamed(value: Any, plan: Plan) -> Any:
    return plan.named(value) if isinstance(value, str) else value


class Steps:
    """The persons and records of one account, and what happens to them.

    Args:
        plan: How the account is.
        random: Decides; the caller may ask it in between.

    Attributes:
        persons: The persons so far.
    """

    def __init__(self, plan: Plan, random: Random) -> None:
        self._plan = plan
        self._random = random
        self._now = plan.starts_at
        self._next_record = plan.seed * 100_000 + plan.known_person_count
        self.persons = [plan.person_base + n for n in range(1, plan.known_person_count + 1)]
        self._records: list[tuple[str, int, int]] = []
        self._links: list[tuple[str, str, int, int, int]] = []

    def next(self, now: datetime) -> Step:
        """Let something happen at a time."""
        self._now = now
        chance = self._random.random()
        if self._plan.has_trouble and chance < 0.12:
            return self._trouble()
        if chance < 0.22 or len(self.persons) < 5:
            return self._new_person()
        if chance < 0.50:
            return self._changed_person()
        if chance < 0.62 or not self._records:
            return self._new_record()
        if chance < 0.72:
            return self._new_link()
        if chance < 0.76 and self._links:
            return self._cut_link()
        if chance < 0.92:
            return self._changed_record()
        return self._new_note()

    def _new_person(self) -> Step:
        person = self._plan.person_base + len(self.persons) + 1
        self.persons.append(person)
        changes = {
            "organization_id": self._plan.organization_id,
            "first_name": self._pick(NAMES),
            "last_name": self._pick(FAMILIES),
            "email": f"person{person}@example.com",
            "source": self._pick(SOURCES),
            "tags": self._random.sample(TAGS, self._random.randint(0, 3)),
            "address": self._pick(({}, {"city": self._pick(CITIES), "zip": "00123"})),
            "lead_score": round(self._random.uniform(0, 100), 2),
            "annual_income": Decimal(self._random.randint(1, 9_999_999)) / 100,
            "date_of_birth": date(1960, 1, 1) + timedelta(days=self._random.randint(0, 16_000)),
            "last_seen_at": self._pick((None, self._zoned())),
            "opted_in": self._pick((True, False)),
            "deleted_at": None,
        }
        return Step("CrmPerson", person, "create", changes)

    def _changed_person(self) -> Step:
        changes: Any = self._pick(
            (
                {"source": [self._pick(SOURCES), self._pick(SOURCES)]},
                {"tags": [["vip", "cold"], ["vip"]]},
                {"last_seen_at": [self._zoned(), self._zoned()]},
                {"lead_score": [None, round(self._random.uniform(0, 100), 3)]},
                {"preferences": [None, {"digest": Symbol("weekly"), "language": "no"}]},
                {"about": [self._pick(TEXTS), self._pick(TEXTS)], "position": [1, 2]},
                {"annual_income": [Decimal("1000"), Decimal("1250.5")]},
                {},
            )
        )
        comment = self._pick((None, None, self._pick(TEXTS)))
        return Step("CrmPerson", self._pick(self.persons), "update", changes, None, comment)

    def _new_record(self) -> Step:
        kind = self._pick((*self._plan.kinds, "CrmCompany"))
        person, record = self._pick(self.persons), self._number()
        if kind != "CrmCompany":
            self._records.append((kind, record, person))
        changes = {
            "organization_id": self._plan.organization_id,
            "name": f"{self._pick(FAMILIES)} {self._pick(CITIES)}",
            "status": self._random.randint(0, 3),
            "amount": Decimal(self._random.randint(100, 99_999)),
            "due_at": self._zoned(),
            "description": self._pick(TEXTS),
            "custom_fields": {},
            "crm_person_id": self._pick((person, None)),
        }
        return Step(kind, record, "create", changes, None, self._named(person))

    def _changed_record(self) -> Step:
        kind, record, person = self._pick(self._records)
        if self._random.random() < 0.04:
            changes: Any = {
                "name": "old",
                "crm_person_id": person,
                "encrypted_password": "$2a$x",
            }  # invented # nosec B105
            return Step(kind, record, "destroy", changes, None, self._named(person))
        old = self._random.randint(1, 5)
        changes = {RECORDS[kind][2]: [old, old % 5 + 1], "stage_changed_at": [None, self._now]}
        return Step(kind, record, "update", changes, self._belongs(person), self._named(person))

    def _new_link(self) -> Step:
        kind, record, _ = self._pick(self._records)
        key, join, _ = RECORDS[kind]
        person, number = self._pick(self.persons), self._number()
        self._links.append((join, key, number, record, person))
        changes = {
            "organization_id": self._plan.organization_id,
            key: record,
            "crm_person_id": person,
            "primary": self._pick((True, None)),
        }
        return Step(join, number, "create", changes, (kind, record))

    def _cut_link(self) -> Step:
        link = self._random.randrange(len(self._links))
        join, key, number, record, person = self._links.pop(link)
        changes = {key: record, "crm_person_id": person, "primary": None}
        return Step(join, number, "destroy", changes)

    def _new_note(self) -> Step:
        person = self._pick(self.persons)
        changes = {"notable_type": "CrmPerson", "notable_id": person, "body": self._pick(TEXTS)}
        note, belongs = self._number(), self._belongs(person)
        return Step("Note", note, "create", changes, belongs, self._named(person))

    def _trouble(self) -> Step:
        person = self._pick(self.persons or [self._plan.person_base + 1])
        lost = self._plan.person_base + LOST_PERSONS + self._random.randint(1, 40)
        user, deal, invoice = self._plan.user_base + 1, self._number(), self._number()
        step: Step = self._pick(
            (
                Step("CrmPerson", person, "update", self._pick(BAD_YAML)),
                Step("CrmPerson", lost, "update", {"source": ["web", "yes"]}),
                Step("CrmPerson", person, "export", {"format": "csv"}),
                Step("CrmPerson", person, "update", None),
                Step("CrmPerson", person, "update", {}, None, "\nThis audit is merged."),
                Step("CrmPerson", person, "update", {"first_name": "Ayu", "source": ["a", "b"]}),
                Step("CrmDeal", deal, "update", {"amount": [1, 2]}, None, '{"crm_person_id": 12'),
                Step("User", user, "update", {"otp_secret": ["a", "b"]}),
                Step("Billing::Invoice", invoice, "create", {"total": 5}),
                Step("CrmPerson", person, "login", {}),
            )
        )
        return step

    def _belongs(self, person: int) -> tuple[str, int] | None:
        return ("CrmPerson", person) if self._random.random() < 0.3 else None

    def _named(self, person: int) -> str | None:
        return f'{{"crm_person_id":{person}}}' if self._random.random() < 0.5 else None

    def _zoned(self) -> ZonedTime:
        shift = timedelta(seconds=self._random.randint(0, 900_000))
        return ZonedTime(self._now - shift, self._pick(ZONES))

    def _number(self) -> int:
        self._next_record += 1
        return self._next_record

    def _pick(self, options: Any) -> Any:
        return self._random.choice(options)
