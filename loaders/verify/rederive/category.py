"""What kind of activity an audit is (rule: category)."""

import json
from collections.abc import Sequence

from loaders.verify.rederive.changes import Change
from loaders.verify.rederive.facts import Audit, Json
from loaders.verify.rederive.rules import Rules

JOIN_ACTIONS = {"create": "link", "destroy": "unlink"}


def derived_category(
    audit: Audit, changes: Sequence[Change], rules: Rules
) -> tuple[str, str] | None:
    """Return category and action; none for a pair that nobody mapped."""
    category = rules.categories.get(audit.auditable_type)
    if category is None or audit.action is None:
        return None
    reached = _status_reached(audit, changes, rules)
    if reached:
        return category, reached
    if audit.auditable_type in rules.joins and audit.action in JOIN_ACTIONS:
        return category, JOIN_ACTIONS[audit.action]
    mapped = rules.category_map.get((audit.auditable_type, audit.action))
    if mapped:
        return mapped
    return (category, "update") if audit.action == "update" else None


def _status_reached(audit: Audit, changes: Sequence[Change], rules: Rules) -> str | None:
    if audit.action != "update":
        return None
    keys = [(audit.auditable_type, change["field"], _text(change["to"])) for change in changes]
    reached = [rules.status_actions[key] for key in keys if key in rules.status_actions]
    return min(reached, default=None)  # of several, which no seed has, the first by name


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
