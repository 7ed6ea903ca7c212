"""What an audit changed, as `field, from, to` (rules: changes, denied fields)."""

from collections.abc import Collection

from ingest.shared.denied import allowed_fields
from loaders.verify.rederive.facts import Json

Change = dict[str, Json]


def derived_changes(
    action: str | None, members: dict[str, Json], denied: Collection[str]
) -> list[Change]:
    """Return the changes in the source's order, without denied fields.

    Args:
        action: The audit's action; only it tells a pair from a list of two (rule: changes).
        members: What ``audited_changes`` says.
        denied: Names of the denied fields, in lower case.
    """
    allowed = allowed_fields(members, denied)
    return [{"field": name, **_sides(action, value)} for name, value in allowed.items()]


def _sides(action: str | None, value: Json) -> Change:
    if action == "update" and isinstance(value, list) and len(value) == 2:
        return {"from": value[0], "to": value[1]}
    if action == "destroy":
        return {"from": value, "to": None}
    return {"from": None, "to": value}
