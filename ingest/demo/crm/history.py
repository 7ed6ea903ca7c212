"""A believable CRM history: seeded, deterministic, with a clock of its own (rule: source).

Persons come first; companies, leads, deals, tickets, tasks and notes belong to them and change;
links are made and cut. The account with trouble in it also has what real ones have.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ingest.demo.crm.plans import Plan
from ingest.demo.crm.ruby_yaml import dump
from ingest.demo.crm.steps import Step, Steps, renamed
from ingest.demo.crm.words import USERNAMES

Row = tuple[Any, ...]


class History:
    """One account's audits, in the order of their ids."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = random.Random(f"{plan.account}:{plan.seed}")  # noqa: S311 - a simulation # nosec B311
        self._steps = Steps(plan, self._random)
        self._now = plan.starts_at
        self._versions: dict[tuple[str, int], int] = {}

    @property
    def persons(self) -> list[int]:
        """The persons that the history has made."""
        return self._steps.persons

    def rows(self) -> Iterator[Row]:
        """Give the rows of `audits`, all columns in the table's order."""
        for number in range(self._plan.audit_count):
            seconds = self._random.expovariate(1 / self._plan.mean_step_seconds)
            self._now += timedelta(seconds=seconds)
            yield self._row(self._plan.first_audit_id + number, self._steps.next(self._now))

    def _row(self, audit_id: int, step: Step) -> Row:
        step = renamed(step, self._plan)
        changes = step.changes
        what = step.kind, step.record
        self._versions[what] = self._versions.get(what, 0) + 1
        return (
            audit_id,
            self._plan.organization_id,
            step.record,
            step.kind,
            step.belongs[1] if step.belongs else None,
            step.belongs[0] if step.belongs else None,
            *self._actor(),
            step.action,
            dump(changes) if isinstance(changes, dict) else changes,
            self._versions[what],
            step.comment,
            f"10.0.{self._random.randint(0, 255)}.{self._random.randint(1, 254)}",
            f"{self._random.getrandbits(128):032x}",
            self._now.replace(tzinfo=None),
        )

    def _actor(self) -> tuple[int | None, str | None, str | None]:
        """Return user id, user type, username."""
        chance, base, user = self._random.random(), self._plan.user_base, self._plan.named("User")
        if chance < 0.8:
            return base + self._random.randint(1, self._plan.user_count), user, None
        if chance < 0.86:
            return None, None, self._random.choice(USERNAMES)
        if chance < 0.92:
            return None, None, None
        if chance < 0.95:
            return 7, "ApiClient", None
        if chance < 0.97:
            return base + 900, user, None
        return (
            (None, None, "#<User:0x00007f1>") if self._plan.has_trouble else (1, "AdminUser", None)
        )
