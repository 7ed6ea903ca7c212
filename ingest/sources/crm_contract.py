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

    `audits` must have exactly the agreed columns: a new one may hold what should be migrated.
    `users` must have the five that are read; an application's table has dozens beside them.

    Raises:
        SourceContractError: A relation or column is missing, new or retyped.
    """
    tenant = settings.tenant_column.strip('"')
    _check(crm, settings.audits_relation, _with_tenant(AUDITS, tenant), is_exact=True)
    _check(crm, settings.users_relation, _with_tenant(USERS, tenant), is_exact=False)


def _with_tenant(columns: Sequence[Column], tenant: str) -> dict[str, tuple[str, ...]]:
    """Put the setting's tenant column in the place of `organization_id`."""
    names = {column.name: column.name for column in columns} | {"organization_id": tenant}
    return {names[each.name]: each.accepted for each in columns if names[each.name]}


def _check(
    crm: Crm, relation: str, agreed: Mapping[str, tuple[str, ...]], *, is_exact: bool
) -> None:
    found = _columns(crm, relation)
    differences = list(_differences(agreed, found, is_exact=is_exact))
    if differences:
        raise SourceContractError(relation.replace('"', ""), differences)


def _columns(crm: Crm, relation: str) -> dict[str, str]:
    rows = crm.session.rows(
        "select pg_attribute.attname::text as name, pg_type.typname::text as type "
        "from pg_attribute inner join pg_type on pg_attribute.atttypid = pg_type.oid "
        "where pg_attribute.attrelid = to_regclass($1) "
        "and pg_attribute.attnum > 0 and not pg_attribute.attisdropped",
        (relation,),
    )
    if not rows:
        raise SourceContractError(relation.replace('"', ""), ["there is no such relation"])
    return {row["name"]: row["type"] for row in rows}


def _differences(
    agreed: Mapping[str, tuple[str, ...]], found: Mapping[str, str], *, is_exact: bool
) -> Iterator[str]:
    for name, types in agreed.items():
        if name not in found:
            yield f"column {name} is missing"
        elif found[name] not in types:
            yield f"column {name} is {found[name]}, not {types[0]}"
    if is_exact:
        known = {column.name for column in AUDITS}
        unagreed = (name for name in found if name not in agreed and name not in known)
        yield from (f"column {name} is new" for name in unagreed)
