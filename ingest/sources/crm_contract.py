"""The frozen contract of the CRM's relations, checked before anything is landed (rule: extract).

`dlt` freezes the landed tables, but it sees only what was selected. A column that the CRM gained
or retyped shows here.
"""

from collections.abc import Iterator, Mapping, Sequence

from ingest.errors import SourceContractError
from ingest.settings import SourceSettings
from ingest.shared.crm_columns import AUDITS, USERS, Column
from ingest.sources.crm import Crm


def check_contract(crm: Crm, settings: SourceSettings) -> None:
    """Compare the columns of both relations with the agreed ones.

    `audits` must have exactly the agreed columns, but for those that an old gem lacks: a new one
    may hold what should be migrated. `users` must have the five that are read; an application's
    table has dozens beside them.

    Raises:
        SourceContractError: A relation or column is missing, new or retyped.
    """
    _check(crm, settings, settings.audits_relation, AUDITS, is_exact=True)
    _check(crm, settings, settings.users_relation, USERS, is_exact=False)


def missing_columns(crm: Crm) -> list[str]:
    """Return the columns of audits that an old gem lacks, and this one too."""
    return [each.name for each in AUDITS if each.is_optional and each.name not in crm.column_types]


def _check(
    crm: Crm, settings: SourceSettings, relation: str, columns: Sequence[Column], *, is_exact: bool
) -> None:
    found = crm.types_of(relation)
    if not found:
        raise SourceContractError(relation.replace('"', ""), ["there is no such relation"])
    agreed = _with_tenant(columns, settings.tenant_name)
    differences = list(_differences(agreed, found, is_exact=is_exact))
    if differences:
        raise SourceContractError(relation.replace('"', ""), differences)


def _with_tenant(columns: Sequence[Column], tenant: str) -> dict[str, Column]:
    """Put the setting's tenant column in the place of `organization_id`."""
    names = {column.name: column.name for column in columns} | {"organization_id": tenant}
    return {names[each.name]: each for each in columns if names[each.name]}


def _differences(
    agreed: Mapping[str, Column], found: Mapping[str, str], *, is_exact: bool
) -> Iterator[str]:
    known = {*agreed, *(column.name for column in AUDITS)}
    new = [name for name in found if is_exact and name not in known]
    for name, column in agreed.items():
        if name in found and found[name] not in column.accepted:
            yield f"column {name} is {found[name]}, not {column.accepted[0]}"
        if name not in found and (new or not column.is_optional):  # a new one may be its new name
            yield f"column {name} is missing"
    yield from (f"column {name} is new" for name in new)
