"""What an audit changed, as `field, from, to` (rules: changes, denied fields)."""

from collections.abc import Collection

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
    allowed = {
        name: without_denied(value, denied)
        for name, value in members.items()
        if not is_denied(name, denied) and not _holds_denied_structure(value, denied)
    }
    return [{"field": name, **_sides(action, value)} for name, value in allowed.items()]


def is_denied(name: str, denied: Collection[str]) -> bool:
    """Tell whether a field must not leave staging."""
    return name.lower() in denied


def without_denied(value: Json, denied: Collection[str]) -> Json:
    """Take denied members out of a value, at any depth."""
    if isinstance(value, list):
        return [without_denied(item, denied) for item in value]
    if isinstance(value, dict):
        return {
            name: without_denied(item, denied)
            for name, item in value.items()
            if not is_denied(name, denied)
        }
    return value


def _sides(action: str | None, value: Json) -> Change:
    if action == "update" and isinstance(value, list) and len(value) == 2:
        return {"from": value[0], "to": value[1]}
    if action == "destroy":
        return {"from": value, "to": None}
    return {"from": None, "to": value}


def _holds_denied_structure(value: Json, denied: Collection[str]) -> bool:
    """Tell whether a denied member is itself a list or a map: then the field goes as a whole."""
    if isinstance(value, list):
        return any(_holds_denied_structure(item, denied) for item in value)
    if not isinstance(value, dict):
        return False
    return any(
        isinstance(item, list | dict)
        if is_denied(name, denied)
        else _holds_denied_structure(item, denied)
        for name, item in value.items()
    )
