"""A believable CRM history: seeded, deterministic, with a clock of its own (spec §2).

Persons come first; companies, leads, deals, tickets, tasks and notes belong to them and change;
links are made and cut. The account with trouble in it also has what real ones have.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ingest.demo.crm.ruby_yaml import Symbol, ZonedTime, dump

LOST_PERSONS = 900_000
STARTS_AT = datetime(2019, 1, 7, 8, tzinfo=UTC)
ZONES = ("Asia/Jakarta", "Etc/UTC", "America/New_York")
NAMES = ("Ayu", "Budi", "Citra", "Dewi", "Eko", "Siân", "José", "O'Neil", "Zoë", "Nguyễn", "Wahyu")
FAMILIES = ("Santoso", "Lim", "Müller", "Wijaya", "Tan", "van der Berg", "Nasution", "Lubis")
CITIES = ("Bandung", "Jakarta", "Surabaya", "Medan", "Denpasar")
TAGS = ("vip", "cold", "prospek", "lama", "12:00", "On")
SOURCES = ("web", "walk-in", "referral", "yes", "0123", "import: 2021")
TEXTS = (
    "Called, wants a new offer",
    "Meeting moved to 2021-05-01 # confirmed",
    "Harga terlalu mahal: diskon 10%?",
    "Thanks \U0001f64f",
    "first line\nsecond line\n\n- item",
    "1:30",
    "",
)
RECORDS = {
    "CrmLead": ("crm_lead_id", "CrmLeadPerson", "crm_stage_id"),
    "CrmDeal": ("crm_deal_id", "CrmDealPerson", "crm_stage_id"),
    "CrmTicket": ("crm_ticket_id", "CrmTicketPerson", "crm_ticket_status_id"),
    "CrmTask": ("crm_task_id", "CrmTaskPerson", "crm_task_status_id"),
}
USERNAMES = ("system", "Sidekiq", "import:contacts.csv", "console-bob")
BAD_YAML = (
    "---\nname: [unclosed\n",
    "---\n- a\nb: c\n",
    "--- &1\nself: *2\n",
    "---\n\tname: tab\n",
)


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

    @property
    def person_base(self) -> int:
        """The number before the account's first person."""
        return self.organization_id * 1_000_000

    @property
    def user_base(self) -> int:
        """The number before the account's first CRM user."""
        return self.organization_id * 1_000

    @property
    def user_count(self) -> int:
        """How many CRM users the account has."""
        return 12


Row = tuple[Any, ...]
Belongs = tuple[str, int] | None
Step = tuple[str, int, str, Any, Belongs, str | None]


class History:
    """One account's audits, in the order of their ids."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = random.Random(f"{plan.account}:{plan.seed}")  # noqa: S311 - a simulation
        self._now = plan.starts_at
        self._next_record = plan.seed * 100_000 + plan.known_person_count
        self._persons = [plan.person_base + n for n in range(1, plan.known_person_count + 1)]
        self._records: list[tuple[str, int, int]] = []
        self._links: list[tuple[str, str, int, int, int]] = []
        self._versions: dict[tuple[str, int], int] = {}

    @property
    def persons(self) -> list[int]:
        """The persons that the history has made."""
        return self._persons

    def rows(self) -> Iterator[Row]:
        """Give the rows of `audits`, all columns in the table's order."""
        for number in range(self._plan.audit_count):
            self._now += timedelta(
                seconds=self._random.expovariate(1 / self._plan.mean_step_seconds)
            )
            yield self._row(self._plan.first_audit_id + number, *self._step())

    def _step(self) -> Step:
        """Return type, id, action, changes, what it belongs to, and the comment."""
        chance = self._random.random()
        if self._plan.has_trouble and chance < 0.12:
            return self._trouble()
        if chance < 0.22 or len(self._persons) < 5:
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
        person = self._plan.person_base + len(self._persons) + 1
        self._persons.append(person)
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
        return "CrmPerson", person, "create", changes, None, None

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
        return "CrmPerson", self._pick(self._persons), "update", changes, None, comment

    def _new_record(self) -> Step:
        kind = self._pick((*RECORDS, "CrmCompany"))
        person, record = self._pick(self._persons), self._number()
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
        return kind, record, "create", changes, None, self._named(person)

    def _changed_record(self) -> Step:
        kind, record, person = self._pick(self._records)
        if self._random.random() < 0.04:
            changes: Any = {"name": "old", "crm_person_id": person, "encrypted_password": "$2a$x"}
            return kind, record, "destroy", changes, None, self._named(person)
        old = self._random.randint(1, 5)
        changes = {RECORDS[kind][2]: [old, old % 5 + 1], "stage_changed_at": [None, self._now]}
        return kind, record, "update", changes, self._belongs(person), self._named(person)

    def _new_link(self) -> Step:
        kind, record, _ = self._pick(self._records)
        key, join, _ = RECORDS[kind]
        person, number = self._pick(self._persons), self._number()
        self._links.append((join, key, number, record, person))
        changes = {
            "organization_id": self._plan.organization_id,
            key: record,
            "crm_person_id": person,
            "primary": self._pick((True, None)),
        }
        return join, number, "create", changes, (kind, record), None

    def _cut_link(self) -> Step:
        join, key, number, record, person = self._links.pop(
            self._random.randrange(len(self._links))
        )
        changes = {key: record, "crm_person_id": person, "primary": None}
        return join, number, "destroy", changes, None, None

    def _new_note(self) -> Step:
        person = self._pick(self._persons)
        changes = {"notable_type": "CrmPerson", "notable_id": person, "body": self._pick(TEXTS)}
        return "Note", self._number(), "create", changes, self._belongs(person), self._named(person)

    def _trouble(self) -> Step:
        person = self._pick(self._persons or [self._plan.person_base + 1])
        lost = self._plan.person_base + LOST_PERSONS + self._random.randint(1, 40)
        step: Step = self._pick(
            (
                ("CrmPerson", person, "update", self._pick(BAD_YAML), None, None),
                ("CrmPerson", lost, "update", {"source": ["web", "yes"]}, None, None),
                ("CrmPerson", person, "export", {"format": "csv"}, None, None),
                ("CrmPerson", person, "update", None, None, None),
                ("CrmPerson", person, "update", {}, None, "\nThis audit is merged."),
                (
                    "CrmPerson",
                    person,
                    "update",
                    {"first_name": "Ayu", "source": ["a", "b"]},
                    None,
                    None,
                ),
                (
                    "CrmDeal",
                    self._number(),
                    "update",
                    {"amount": [1, 2]},
                    None,
                    '{"crm_person_id": 12',
                ),
                (
                    "User",
                    self._plan.user_base + 1,
                    "update",
                    {"otp_secret": ["a", "b"]},
                    None,
                    None,
                ),
                ("Billing::Invoice", self._number(), "create", {"total": 5}, None, None),
                ("CrmPerson", person, "login", {}, None, None),
            )
        )
        return step

    def _row(
        self,
        audit_id: int,
        kind: str,
        record: int,
        action: str,
        changes: Any,
        belongs: tuple[str, int] | None,
        comment: str | None,
    ) -> Row:
        text = dump(changes) if isinstance(changes, dict) else changes
        version = self._versions[kind, record] = self._versions.get((kind, record), 0) + 1
        return (
            audit_id,
            self._plan.organization_id,
            record,
            kind,
            belongs[1] if belongs else None,
            belongs[0] if belongs else None,
            *self._actor(),
            action,
            text,
            version,
            comment,
            f"10.0.{self._random.randint(0, 255)}.{self._random.randint(1, 254)}",
            f"{self._random.getrandbits(128):032x}",
            self._now.replace(tzinfo=None),
        )

    def _actor(self) -> tuple[int | None, str | None, str | None]:
        """Return user id, user type, username."""
        chance, base = self._random.random(), self._plan.user_base
        if chance < 0.8:
            return base + self._random.randint(1, self._plan.user_count), "User", None
        if chance < 0.86:
            return None, None, self._pick(USERNAMES)
        if chance < 0.92:
            return None, None, None
        if chance < 0.95:
            return 7, "ApiClient", None
        if chance < 0.97:
            return base + 900, "User", None
        return (
            (None, None, "#<User:0x00007f1>") if self._plan.has_trouble else (1, "AdminUser", None)
        )

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
